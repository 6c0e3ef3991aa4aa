use super::*;
use crate::model::{AccessKind, Timestamp, TokenInfo};

const AZURE: Provider = Provider::AzureDevops;
const BUILDKITE: Provider = Provider::Buildkite;

fn source(id: i64, provider: Provider, name: &str, base_url: &str) -> AskedSource {
    let base_url = (!base_url.is_empty()).then(|| base_url.to_owned());
    AskedSource {
        id,
        provider,
        name: Some(name.to_owned()),
        base_url,
        asked_base: None,
        keys: vec![KeyId(1)],
        is_alone: true,
    }
}

fn set(id: i64, provider: Provider, base: &str) -> AccessRow {
    AccessRow {
        id: AccessId::Set(id),
        provider,
        base: Some(base.to_owned()),
        purpose: Purpose::Read,
        kind: AccessKind::Pat,
        organization: None,
        key: None,
        fingerprint: String::new(),
        entra: None,
        set_at: Timestamp(id),
        set_by: None,
        info: TokenInfo::default(),
        missing: Vec::new(),
        checked_at: None,
        last_ok_at: None,
        trouble: None,
    }
}

fn brought(id: i64, provider: Provider, key: i64) -> AccessRow {
    let row = set(id, provider, "");
    AccessRow { id: AccessId::Address(id), base: None, key: Some(KeyId(key)), ..row }
}

/// Which token serves the first source, and where it goes.
fn chosen(
    sources: &[AskedSource],
    rows: &[AccessRow],
    key: Option<i64>,
) -> Result<String, &'static str> {
    choose(&sources[0], rows, Purpose::Read, key.map(KeyId))
        .map(|choice| format!("{} at {}", choice.row.id, choice.vouched.base()))
        .map_err(|none| none.code())
}

#[test]
fn a_token_serves_the_sources_that_live_on_its_base() {
    let rows = [
        set(1, AZURE, "https://dev.azure.com/contoso"),
        set(2, AZURE, "https://tfs.acme.test/tfs/Main"),
    ];
    for (name, base, expected) in [
        ("contoso", "https://dev.azure.com/contoso", Ok("1 at https://dev.azure.com/contoso")),
        ("contoso", "https://contoso.visualstudio.com", Ok("1 at https://dev.azure.com/contoso")),
        ("contoso", "", Ok("1 at https://dev.azure.com/contoso")),
        ("Main", "https://tfs.acme.test/tfs/Main", Ok("2 at https://tfs.acme.test/tfs/Main")),
        ("fabrikam", "https://dev.azure.com/fabrikam", Err("no_token")),
    ] {
        let sources = [source(1, AZURE, name, base)];
        assert_eq!(chosen(&sources, &rows, Some(1)), expected.map(str::to_owned), "{name} {base}");
    }
    let write = Purpose::Write;
    let sources = [source(1, AZURE, "contoso", "https://dev.azure.com/contoso")];
    assert!(choose(&sources[0], &rows, write, None).is_err(), "read is not write");
}

#[test]
fn a_confirmed_address_with_the_name_of_the_organisation_counts_before_what_deliveries_say() {
    let rows = [set(1, AZURE, "http://127.0.0.1:4100/contoso")];
    let here = Ok("1 at http://127.0.0.1:4100/contoso".to_owned());
    let sources = [source(1, AZURE, "Contoso", "https://dev.azure.com/contoso")];
    assert_eq!(chosen(&sources, &rows, None), here);
    // A server that calls itself otherwise than it is reached.
    let internal = source(1, AZURE, "contoso", "http://tfs-internal:8080/tfs/contoso");
    assert_eq!(chosen(std::slice::from_ref(&internal), &rows, None), here);
    // Two servers with a collection of one name: a guess could ask the wrong one.
    let one_of_two = [AskedSource { is_alone: false, ..internal }];
    assert_eq!(chosen(&one_of_two, &rows, None), Err("no_token"));
    // Then somebody says which.
    let meant = AccessRow { organization: Some("contoso".to_owned()), ..rows[0].clone() };
    assert_eq!(chosen(&one_of_two, &[meant], None), here);
}

#[test]
fn a_token_of_the_cloud_does_not_serve_a_server_of_the_same_name() {
    let rows = [set(1, AZURE, "https://dev.azure.com/main")];
    let sources = [source(1, AZURE, "Main", "https://tfs.acme.test/tfs/Main")];
    assert_eq!(chosen(&sources, &rows, None), Err("no_token"));
}

#[test]
fn what_was_set_goes_before_what_came_in_an_address() {
    let sources = [source(1, AZURE, "contoso", "https://dev.azure.com/contoso")];
    let own = "https://dev.azure.com/contoso";
    let rows = [set(1, AZURE, own), brought(9, AZURE, 1)];
    assert_eq!(chosen(&sources, &rows, Some(1)), Ok(format!("1 at {own}")));
    assert_eq!(chosen(&sources, &rows[1..], Some(1)), Ok(format!("address-9 at {own}")));
}

#[test]
fn a_token_of_an_address_is_for_deliveries_of_its_key_and_for_the_providers_domain_alone() {
    let rows = [brought(9, AZURE, 1), brought(8, AZURE, 2)];
    let cloud = [source(1, AZURE, "contoso", "https://dev.azure.com/contoso")];
    assert_eq!(
        chosen(&cloud, &rows, Some(2)),
        Ok("address-8 at https://dev.azure.com/contoso".into())
    );
    assert_eq!(chosen(&cloud, &rows, Some(3)), Err("no_token"));
    assert_eq!(chosen(&cloud, &rows, Some(0)), Err("no_token"), "caused by no delivery");
    assert_eq!(
        chosen(&cloud, &rows, None),
        Ok("address-9 at https://dev.azure.com/contoso".into())
    );
    for base in ["https://evil.test/contoso", "http://dev.azure.com/contoso", ""] {
        let foreign = [source(1, AZURE, "contoso", base)];
        assert_eq!(chosen(&foreign, &rows, Some(1)), Err("base_not_confirmed"), "{base}");
    }
    let buildkite = [source(1, BUILDKITE, "acme", "https://evil.test")];
    let rows = [brought(7, BUILDKITE, 1)];
    assert_eq!(
        chosen(&buildkite, &rows, Some(1)),
        Ok("address-7 at https://api.buildkite.com/v2".into())
    );
}

#[test]
fn a_token_of_buildkite_serves_all_organisations_or_the_one_it_is_for() {
    let all = set(1, BUILDKITE, "https://api.buildkite.com/v2");
    let acme = AccessRow {
        organization: Some("acme".to_owned()),
        ..set(2, BUILDKITE, "https://api.buildkite.com/v2")
    };
    let confirmed = set(3, BUILDKITE, "http://127.0.0.1:4100/v2");
    let of = |name: &str, rows: &[AccessRow]| {
        let sources = [source(1, BUILDKITE, name, "")];
        chosen(&sources, rows, None).map(|chosen| chosen.split(' ').next().unwrap().to_owned())
    };
    let rows = [all, acme, confirmed];
    assert_eq!(of("acme", &rows), Ok("2".to_owned()));
    assert_eq!(of("zoo", &rows), Ok("3".to_owned()));
    assert_eq!(of("zoo", &rows[..2]), Ok("1".to_owned()));
    assert_eq!(of("zoo", &rows[1..2]), Err("no_token"));
}

#[test]
fn of_two_that_fit_as_well_the_later_counts_and_others_are_not_asked() {
    let own = "https://dev.azure.com/contoso";
    let rows = [set(1, AZURE, own), set(2, AZURE, "https://contoso.visualstudio.com")];
    let sources = [source(1, AZURE, "contoso", own)];
    assert_eq!(chosen(&sources, &rows, None), Ok("2 at https://contoso.visualstudio.com".into()));
    let github = [source(1, Provider::Github, "acme", "https://github.com")];
    assert_eq!(chosen(&github, &rows, None), Err("not_asked"));
}

#[test]
fn a_source_that_was_served_stays_with_its_token_whatever_deliveries_call_it() {
    let rows = [
        set(1, AZURE, "https://tfs.contoso.example/contoso"),
        set(2, AZURE, "https://dev.azure.com/other"),
    ];
    let served = AskedSource {
        asked_base: rows[0].base.clone(),
        ..source(1, AZURE, "other", "https://dev.azure.com/other")
    };
    let choice = choose(&served, &rows, Purpose::Read, Some(KeyId(9))).unwrap();
    assert_eq!(choice.row.id, rows[0].id);
    // Once that is gone, what it is called counts again.
    let choice = choose(&served, &rows[1..], Purpose::Read, Some(KeyId(9))).unwrap();
    assert_eq!(choice.row.id, rows[1].id);
}
