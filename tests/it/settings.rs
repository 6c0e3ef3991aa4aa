//! `creel config check` and the page about settings.

use std::fmt::Write;
use std::path::Path;

use creel::config::SETTINGS;
use serde_json::Value;

use crate::support::committed::assert_committed;
use crate::support::server::creel;

/// The page as the table of settings tells it.
fn page() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         None are needed. Defaults, then `creel.toml`, then the environment, then the command line; an unknown\n\
         name is an error, which names a near one if there is one. `creel config check` prints every setting as\n\
         it holds and where it comes from, and says all that is wrong at once.\n\n\
         In the environment, `server.listen` is `CREEL_SERVER__LISTEN`; `CREEL_SERVER__LISTEN_FILE` names a file that\n\
         holds the value, as containers and service managers hand out secrets. Lists are separated by commas.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (own, _) = setting.name.split_once('.').expect("a section");
        if own != section {
            section = own;
            write!(page, "\n## `[{section}]`\n\n| setting | default | |\n| --- | --- | --- |\n")
                .expect("text");
        }
        let default = match setting.default {
            "" => "none".to_owned(),
            text => format!("`{text}`"),
        };
        writeln!(page, "| `{}` | {default} | {} |", setting.name, setting.means).expect("text");
    }
    page.push_str(
        "\n## Names that others use\n\n\
         `WEBHOOK_SECRET` and `HOOK_SECRET` each make an ingest key (`creel key list` shows them),\n\
         `AZURE_PROJECT_ID` limits it to a project, `PORT` sets the port: names of hand-written receivers.\n",
    );
    page
}

#[test]
fn the_document_of_settings_is_what_the_code_says() {
    assert_committed("operate/settings.md", &page());
}

fn check(directory: &Path, content: &str, more: &[&str]) -> std::process::Output {
    let file = directory.join("settings.toml");
    std::fs::write(&file, content).expect("written");
    let mut arguments = vec!["config", "check", "--config", file.to_str().expect("a path")];
    arguments.extend(more);
    creel(&directory.join("data"), &arguments)
}

#[test]
fn config_check_prints_each_setting_with_its_origin() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = check(directory.path(), "[limits]\nconnections = 12\n", &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let setting = |name: &str| {
        let items = told["items"].as_array().expect("items");
        items.iter().find(|item| item["name"] == name).expect("told").clone()
    };
    assert_eq!(setting("limits.connections")["value"], "12");
    let origin = setting("limits.connections")["origin"].to_string();
    assert!(origin.contains("settings.toml:2"), "{origin}");
    assert_eq!(setting("limits.disk_low")["is_default"], true);
    assert_eq!(setting("tls.cert")["value"], Value::Null);
    assert_eq!(setting("server.data")["origin"], "command line");
    assert!(!directory.path().join("data").exists(), "who checks makes nothing");

    let text = check(directory.path(), "", &[]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("limits.disk_low") && text.contains("256MiB  (default)"), "{text}");
}

#[test]
fn config_check_says_all_that_is_wrong_and_looks_into_named_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = check(directory.path(), "[limits]\nconections = 1\nbodies = \"1MiB\"\n", &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("error: ") && lines[0].contains("`limits.connections`"), "{said}");
    assert!(lines[1].starts_with("error: ") && lines[1].contains("at least 32MiB"), "{said}");

    let tls = "[tls]\ncert = \"no-such.pem\"\nkey = \"no-such.pem\"\n";
    let output = check(directory.path(), tls, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("cannot read no-such.pem") && said.contains("hint:"), "{said}");
}
