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
        config.effective.iter().find(|setting| setting.name == name).unwrap().origin.to_string()
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
        "/creel.toml:2: `networks.office` = `192.0.2.0/24,everywhere`: `everywhere`: a network is written as 192.0.2.0/24 or 2001:db8::/32"
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
fn a_section_that_is_misspelt_is_told_also_while_it_is_empty() {
    let said = with_file("[server]\n\n[retenton]\n", &[]).unwrap_err();
    assert!(said.starts_with("/creel.toml:3: there is no setting `retenton`"), "{said}");
    assert!(with_file("[retention]\n[forward.old]\n[networks]\n", &[]).is_ok());
}

#[test]
fn a_slip_of_the_pen_is_told_by_its_place_and_without_the_secret_beside_it() {
    let said = with_file("[heartbeat]\nurl = https://watch.test/not-a-real-id\n", &[]).unwrap_err();
    assert!(said.starts_with("/creel.toml:2: "), "{said}");
    assert!(!said.contains("not-a-real-id"), "{said}");
}

#[test]
fn bodies_are_told_as_they_are_kept() {
    let config = with_file("[retention]\nevents = \"30d\"\n", &[]).unwrap();
    let told = config.effective.iter().find(|setting| setting.name == "retention.bodies").unwrap();
    assert_eq!(told.value.as_deref(), Some("30d"));
}

#[test]
fn the_port_of_the_environment_goes_before_a_file_and_after_the_settings_own_name() {
    let file = "[server]\nlisten = \"0.0.0.0:4000\"\n";
    let listen = |file, pairs| with_file(file, pairs).unwrap().listen.to_string();
    assert_eq!(listen(file, &[("PORT", "5000")]), "0.0.0.0:5000");
    let both = [("PORT", "5000"), ("CREEL_SERVER__LISTEN", "127.0.0.1:6000")];
    assert_eq!(listen(file, &both), "127.0.0.1:6000");
    assert!(with_file(file, &[("PORT", "99999")]).unwrap_err().contains("1 to 65535"));
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

#[test]
fn the_defaults_hold_what_the_table_says() {
    let config = with_file("", &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.data, Path::new("data"));
    assert_eq!(config.secrets_key, Path::new("data/secrets.key"));
    assert_eq!(config.limits.disk_low_bytes, 256 << 20);
    assert_eq!(config.people.role.as_deref(), Some("viewer"));
    assert!(config.effective.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let said = with_file(
        "[limits]\nconnections = 0\nslow_sender = \"soon\"\n[serve]\nlisten = \"x\"\n",
        &[("CREEL_TLS__CERT", "cert.pem")],
    )
    .unwrap_err();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "/creel.toml:5: there is no setting `serve.listen`; did you mean `server.listen`?",
            "environment variable CREEL_TLS__CERT: `tls.cert` = `cert.pem`: a certificate needs its key: name it in tls.key",
            "/creel.toml:3: `limits.slow_sender` = `soon`: a duration is written as 500ms, 30s or 5m",
            "/creel.toml:2: `limits.connections` = `0`: the connections are from 1 to 1000000",
        ]
    );
}

#[test]
fn a_value_can_be_brought_by_a_file_that_the_environment_names() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("url");
    std::fs::write(&file, "https://creel.example.com\n").unwrap();
    let path = file.to_string_lossy().into_owned();
    let config = with_file("", &[("CREEL_SERVER__PUBLIC_URL_FILE", &path)]).unwrap();
    assert_eq!(config.public_url.as_deref(), Some("https://creel.example.com"));
    let missing = with_file("", &[("CREEL_SERVER__PUBLIC_URL_FILE", "/nowhere/url")]).unwrap_err();
    assert!(missing.starts_with("cannot read /nowhere/url"), "{missing}");
}

#[test]
fn receivers_have_an_address_and_a_name() {
    let config = with_file(
        "[forward]\nurl = \"http://127.0.0.1:4000{path}\"\n\
         [forward.old-1]\nurl = \"https://old/in?k=1\"\nonly = [\"azure\", \"pushes\"]\ntimeout = \"30s\"\n",
        &[("CREEL_FORWARD__AUDIT__URL", "http://10.0.0.7/in")],
    )
    .unwrap();
    let told: Vec<_> = config
        .forwards
        .iter()
        .map(|one| (one.name.as_str(), one.only.len(), one.timeout.as_secs()))
        .collect();
    assert_eq!(told, [("audit", 0, 10), ("default", 0, 10), ("old-1", 2, 30)]);
    let shown: Vec<_> = config.effective.iter().filter(|one| one.name.ends_with("url")).collect();
    assert!(!format!("{shown:?}").contains("in?k=1"), "{shown:?}");

    for (content, named) in [
        ("[forward]\nurl = \"127.0.0.1:4000\"\n", "`forward.url` = `***`: it is written as"),
        ("[forward]\nurl = \"http://{path}\"\n", "`forward.url` = `***`: it is written as"),
        ("[forward]\nurl = \"http://old/{id}\"\n", "`forward.url` = `***`: it is written as"),
        ("[forward.Old]\nurl = \"http://old\"\n", "small letters"),
        ("[forward.default]\nurl = \"http://old\"\n", "use [forward]"),
        ("[forward.old]\nonly = [\"azure\"]\n", "in forward.old.url"),
        ("[forward]\nurl = \"http://old\"\ntimeout = \"5ms\"\n", "from 1s to 2m"),
        ("[forward]\nadress = \"http://old\"\n", "no setting `forward.adress`"),
        ("[heartbeat]\nurl = \"hc-ping.com/x\"\n", "`heartbeat.url` = `***`"),
        ("[heartbeat]\nevery = \"1m\"\n", "in heartbeat.url"),
    ] {
        let said = with_file(content, &[]).unwrap_err();
        assert!(said.contains(named), "{content}: {said}");
    }
}

#[test]
fn every_setting_is_told_with_its_value_and_origin() {
    let config = with_file(
        "[networks]\noffice = \"192.0.2.0/24\"\n",
        &[("HOOK_SECRET", "not-a-real-secret"), ("PORT", "4000")],
    )
    .unwrap();
    let told = |name: &str| {
        let setting = config.effective.iter().find(|setting| setting.name == name).unwrap();
        (setting.value.as_deref().unwrap_or("-"), setting.origin.to_string())
    };
    assert_eq!(told("server.listen"), ("127.0.0.1:4000", "environment variable PORT".into()));
    assert!(told("networks.office").1.ends_with("creel.toml:2"));
    assert_eq!(told("tls.cert"), ("-", "default".into()));
    assert_eq!(told("an ingest key"), ("***", "environment variable HOOK_SECRET".into()));
    for setting in SETTINGS.iter().filter(|setting| !setting.is_family()) {
        assert!(config.effective.iter().any(|told| told.name == setting.name), "{}", setting.name);
    }
}

#[test]
fn ages_are_written_in_days_weeks_and_years_or_for_ever() {
    let defaults = with_file("", &[]).unwrap().retention;
    let days = |days: u64| Some(Duration::from_hours(24 * days));
    assert_eq!((defaults.bodies, defaults.events), (days(90), days(365)));
    assert_eq!((defaults.builds, defaults.aggregates), (days(365), days(5 * 365)));
    assert_eq!((defaults.logs, defaults.logs_size), (days(90), None));
    assert_eq!((defaults.bodies_size, defaults.records_size), (None, None));
    let set = "[retention]\nbodies = \"2w\"\nevents = \"forever\"\nbodies_size = \"10GiB\"\n";
    let set = with_file(set, &[]).unwrap().retention;
    assert_eq!((set.bodies, set.events, set.bodies_size), (days(14), None, Some(10 << 30)));
}

#[test]
fn bodies_follow_events_that_are_kept_for_a_shorter_time() {
    let short = with_file("[retention]\nevents = \"30d\"\n", &[]).unwrap().retention;
    assert_eq!(short.bodies, Some(Duration::from_hours(24 * 30)));
    let said = with_file("[retention]\nevents = \"30d\"\nbodies = \"31d\"\n", &[]).unwrap_err();
    assert!(said.starts_with("/creel.toml:3: `retention.bodies` = `31d`: a body"), "{said}");
    let said = with_file("[retention]\nbodies = \"forever\"\n", &[]).unwrap_err();
    assert!(said.contains("at most as long as retention.events"), "{said}");
}

#[test]
fn an_age_or_size_that_would_keep_nothing_is_an_error() {
    for (name, value, expected) in [
        ("bodies", "0d", "the shortest age is 1d"),
        ("builds", "23h", "the shortest age is 1d"),
        ("events", "90", "90d, 12w, 5y or forever"),
        ("events", "never", "90d, 12w, 5y or forever"),
        ("events", "999999999y", "90d, 12w, 5y or forever"),
        ("bodies_size", "1MiB", "the smallest size is 16MiB"),
        ("records_size", "lots", "256MiB"),
    ] {
        let said = with_file(&format!("[retention]\n{name} = \"{value}\"\n"), &[]).unwrap_err();
        assert!(said.contains(&format!("`retention.{name}` = `{value}`")), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
