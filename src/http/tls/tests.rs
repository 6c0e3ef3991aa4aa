use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// A certificate of our own making for `localhost`, that ends in a year of people's choice.
fn pair(year: i32) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
    (parameters.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn files(directory: &Path) -> TlsFiles {
    TlsFiles { cert: directory.join("cert.pem"), key: directory.join("key.pem") }
}

fn write(files: &TlsFiles, (cert, key): &(String, String)) {
    std::fs::write(&files.cert, cert).unwrap();
    std::fs::write(&files.key, key).unwrap();
}

fn year(tls: &Tls) -> String {
    tls.ends_at().unwrap().to_string()[..4].to_owned()
}

#[test]
fn a_renewed_pair_is_taken_and_half_of_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    write(&files, &pair(2031));
    let tls = Tls::load(&files).unwrap();
    assert_eq!(year(&tls), "2031");
    assert!(matches!(tls.look(), Ok(Look::Unchanged)));

    // A comment makes the lengths differ: file times may be too coarse for a quick test.
    let (cert, key) = pair(2032);
    std::fs::write(&files.cert, format!("# renewed\n{cert}")).unwrap();
    assert!(matches!(tls.look(), Err(TlsError::Unfit { .. })));
    assert_eq!(year(&tls), "2031", "the old pair stays in use");
    assert!(matches!(tls.look(), Ok(Look::Unchanged)), "said once");

    std::fs::write(&files.key, format!("# renewed\n{key}")).unwrap();
    assert!(matches!(tls.look(), Ok(Look::Renewed { .. })));
    assert_eq!(year(&tls), "2032");

    std::fs::remove_file(&files.cert).unwrap();
    assert!(matches!(tls.look(), Err(TlsError::Unreadable { .. })));
    assert_eq!(year(&tls), "2032");
}

#[test]
fn a_pair_that_could_not_be_read_is_read_when_its_rights_are_mended_or_somebody_asks() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    write(&files, &pair(2031));
    let tls = Tls::load(&files).unwrap();
    let set_mode = |mode| {
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o400);
    assert!(matches!(tls.look(), Ok(Look::Renewed { .. })), "rights are a change");
    assert!(matches!(tls.look(), Ok(Look::Unchanged)));
    tls.forget();
    assert!(matches!(tls.look(), Ok(Look::Renewed { .. })), "somebody asked");
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let files = files(directory.path());
    let said = |files: &TlsFiles| Tls::load(files).unwrap_err().to_string();
    assert!(said(&files).starts_with("cannot read"), "{}", said(&files));

    let (cert, key) = pair(2031);
    write(&files, &(key.clone(), key.clone()));
    assert!(said(&files).ends_with("cert.pem holds no certificate in PEM form"));
    write(&files, &(cert.clone(), cert.clone()));
    assert!(said(&files).ends_with("key.pem holds no private key in PEM form"));
    write(&files, &(cert, pair(2031).1));
    assert!(said(&files).contains("key.pem does not go with"), "{}", said(&files));
}
