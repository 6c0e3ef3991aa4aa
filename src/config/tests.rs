use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn with_file(content: &str, pairs: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("creel.toml");
    std::fs::write(&file, content).unwrap();
    let overrides = Overrides { file: Some(file), ..Overrides::default() };
    Config::load(&overrides, &environment(pairs))
        .map_err(|error| error.to_string().replace(&*directory.path().to_string_lossy(), ""))
}

#[test]
fn later_layers_win_and_each_value_knows_its_origin() {
    let config = with_file(
        "[server]\nlisten = \"127.0.0.1:4000\"\n\n[limits]\nunknown_per_minute = 60\n",
        &[("CREEL_LIMITS__UNKNOWN_PER_MINUTE", "90"), ("CREEL_URL", "not a setting")],
    )
    .unwrap();
    assert_eq!(config.listen.port(), 4000);
    assert_eq!(config.limits.unknown_per_minute, 90);
    let origin = |name: &str| {
        let (_, origin) = config.origins.iter().find(|(n, _)| n == name).unwrap();
        origin.to_string()
    };
    assert_eq!(
        origin("limits.unknown_per_minute"),
        "environment variable CREEL_LIMITS__UNKNOWN_PER_MINUTE"
    );
    assert!(origin("server.listen").ends_with("/creel.toml:2"));
}

#[test]
fn an_unknown_setting_names_its_place_and_the_nearest() {
    assert_eq!(
        with_file("[server]\n# a comment\nlissten = \"x\"\n", &[]).unwrap_err(),
        "/creel.toml:3: there is no setting `server.lissten`; did you mean `server.listen`?"
    );
    assert_eq!(
        with_file("", &[("CREEL_LIMITS__DISK", "1")]).unwrap_err(),
        "environment variable CREEL_LIMITS__DISK: there is no setting `limits.disk`; did you mean `limits.disk_low`?"
    );
}

#[test]
fn every_unknown_setting_names_the_nearest() {
    for (content, nearest) in [
        ("listen = \"x\"\n", "server.listen"),
        ("[limits]\nlisten = \"x\"\n", "server.listen"),
        ("[serve]\ndata = \"x\"\n", "server.data"),
        ("[limits]\nslow = \"1s\"\n", "limits.slow_sender"),
        ("[limits]\nbody = 1\n", "limits.bodies"),
        ("[limit]\nconnection = 1\n", "limits.connections"),
    ] {
        let said = with_file(content, &[]).unwrap_err();
        assert!(said.ends_with(&format!("did you mean `{nearest}`?")), "{content}: {said}");
    }
    for content in ["[zzz]\nqqq = 1\n", "[outbound]\nallow = \"x\"\n", "outbound = 1\n"] {
        let said = with_file(content, &[]).unwrap_err();
        assert!(!said.contains("did you mean"), "nothing is close: {said}");
    }
}

#[test]
fn a_value_that_makes_no_sense_is_an_error() {
    for (name, value, expected) in [
        ("slow_sender", "0s", "1s to 60m"),
        ("slow_sender", "999ms", "1s to 60m"),
        ("slow_sender", "61m", "1s to 60m"),
        ("connections", "0", "1 to 1000000"),
        ("unknown_per_minute", "0", "at least 1"),
        ("known_per_minute", "0", "leave it out"),
        ("bodies", "1MiB", "at least 32MiB"),
        ("disk_low", "99999999999GiB", "no disk"),
    ] {
        let said = with_file(&format!("[limits]\n{name} = \"{value}\"\n"), &[]).unwrap_err();
        assert!(said.starts_with(&format!("/creel.toml:2: `limits.{name}` = `{value}`")));
        assert!(said.contains(expected), "{said}");
    }
    assert!(with_file("", &[("PORT", "0")]).unwrap_err().contains("1 to 65535"));
    assert!(with_file("[server]\ndata = \"\"\n", &[]).unwrap_err().contains("it is empty"));
}

#[test]
fn a_bad_value_says_what_a_good_one_looks_like() {
    assert_eq!(
        with_file("[networks]\noffice = [\"192.0.2.0/24\", \"everywhere\"]\n", &[]).unwrap_err(),
        "/creel.toml:2: `networks.office` = `everywhere`: a network is written as 192.0.2.0/24 or 2001:db8::/32"
    );
    assert!(with_file("[limits]\ndisk_low = \"lots\"\n", &[]).unwrap_err().contains("256MiB"));
}

#[test]
fn the_guides_names_make_ingest_keys_and_a_port() {
    let config = with_file(
        "",
        &[("HOOK_SECRET", "not-a-real-secret"), ("WEBHOOK_SECRET", ""), ("PORT", "4000")],
    )
    .unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:4000");
    let names: Vec<_> = config.guide_keys.iter().map(|key| key.variable).collect();
    assert_eq!(names, ["HOOK_SECRET"]);
}

#[test]
fn sizes_and_durations_are_read_in_their_units() {
    let config = with_file(
        "[limits]\ndisk_low = \"2GiB\"\nslow_sender = \"1500ms\"\nknown_per_minute = 7\n",
        &[],
    )
    .unwrap();
    assert_eq!(config.limits.disk_low_bytes, 2 << 30);
    assert_eq!(config.limits.slow_sender, Duration::from_millis(1_500));
    assert_eq!(config.limits.known_per_minute, Some(7));
}
