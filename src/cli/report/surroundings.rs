//! What the environment alone does not tell: files that it names, the working copy, the machine, and the
//! words of the command line, which go before all else.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use crate::model::{Ci, Timestamp};

use super::detect::{Place, TEAMCITY_PROPERTIES, Variables, commit};

/// Largest file of properties that is read.
const PROPERTIES_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The variables of this process, and what stands in the files that TeamCity names in them.
pub fn variables(environment: Vec<(String, String)>) -> Variables {
    let mut variables: Variables = environment.into_iter().collect();
    let Some(path) = variables.get("TEAMCITY_BUILD_PROPERTIES_FILE").map(ToOwned::to_owned) else {
        return variables;
    };
    let build = properties(Path::new(&path));
    let found = build.iter().find(|(name, _)| name == "teamcity.configuration.properties.file");
    let configuration = found.map(|(_, path)| properties(Path::new(path))).unwrap_or_default();
    let wanted = |(name, _): &(String, String)| TEAMCITY_PROPERTIES.contains(&name.as_str());
    variables.extend(configuration.into_iter().filter(wanted));
    variables.extend(build.into_iter().filter(wanted));
    variables
}

/// A file of Java properties, as far as one is read: of what cannot be read nothing is known.
fn properties(path: &Path) -> Vec<(String, String)> {
    let is_small = path.metadata().is_ok_and(|meta| meta.len() <= PROPERTIES_BYTES_MAX);
    let text = is_small.then(|| std::fs::read(path).ok()).flatten().unwrap_or_default();
    // Latin-1 by its standard; what does not fit in ASCII is written as a code.
    let text: String = text.into_iter().map(char::from).collect();
    text.lines().filter_map(property).collect()
}

/// `teamcity.serverUrl=https\://tc.example.com`.
fn property(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    if line.starts_with(['#', '!']) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    Some((plain(name.trim()), plain(value.trim())))
}

/// Without the backslashes before marks, and with the letters that codes stand for.
fn plain(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut letters = text.chars();
    let push = |units: &mut Vec<u16>, letter: char| {
        units.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
    };
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            push(&mut units, letter);
            continue;
        }
        match letters.next() {
            Some('u') => {
                let code: String = letters.by_ref().take(4).collect();
                units.extend(u16::from_str_radix(&code, 16).ok());
            }
            Some('n') => push(&mut units, '\n'),
            Some('t') => push(&mut units, '\t'),
            Some(other) => push(&mut units, other),
            None => {}
        }
    }
    String::from_utf16_lossy(&units)
}

/// What this machine and its working copy tell, where the environment does not.
pub fn complete(place: &mut Place, directory: &Path) {
    let ci = &mut place.ci;
    ci.os.get_or_insert_with(|| std::env::consts::OS.to_owned());
    ci.arch.get_or_insert_with(|| std::env::consts::ARCH.to_owned());
    if ci.commit.is_none() {
        ci.commit = head(directory);
    }
    ci.sent_at = Some(Timestamp::now());
    ci.reporter = Some(concat!("creel ", env!("CARGO_PKG_VERSION")).to_owned());
}

/// The commit that is checked out.
fn head(directory: &Path) -> Option<String> {
    let asked = Command::new("git")
        .args(["rev-parse", "--verify", "HEAD"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    commit(std::str::from_utf8(&asked.stdout).ok()?)
}

/// Words that somebody gave as JSON, in a text or in a file, over those that were found.
pub fn told(ci: &Ci, given: &str) -> Result<Ci, String> {
    let text = match given.trim_start().starts_with('{') {
        true => given.to_owned(),
        false => std::fs::read_to_string(given)
            .map_err(|error| format!("--ci: cannot read {given}: {error}"))?,
    };
    let given: Map<String, Value> = serde_json::from_str(&text)
        .map_err(|error| format!("--ci is not a JSON object: {error}"))?;
    let mut members = serde_json::to_value(ci).map_err(|error| error.to_string())?;
    let known: Vec<String> =
        members.as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default();
    for (name, value) in given {
        if !known.contains(&name) {
            let nearest = known.iter().min_by_key(|known| strsim::levenshtein(known, &name));
            let nearest = nearest.map(String::as_str).unwrap_or_default();
            return Err(format!("--ci: nothing is called {name}; the nearest is {nearest}"));
        }
        members[name] = value;
    }
    serde_json::from_value(members).map_err(|error| format!("--ci: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teamcity_names_two_files_and_passwords_stay_in_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let (build, configuration) =
            (directory.path().join("build.properties"), directory.path().join("config.properties"));
        std::fs::write(
            &build,
            format!(
                "#Written by an agent\nteamcity.build.id=9001\nteamcity.auth.password=not-a-password\n\
                 teamcity.configuration.properties.file={}\n",
                configuration.display()
            ),
        )
        .expect("written");
        std::fs::write(
            &configuration,
            "teamcity.serverUrl=https\\://tc.example.com\nteamcity.build.branch=f\\u00FCr\n",
        )
        .expect("written");
        let set = [
            ("TEAMCITY_VERSION".to_owned(), "2025.07".to_owned()),
            ("TEAMCITY_BUILD_PROPERTIES_FILE".to_owned(), build.display().to_string()),
        ];
        let variables = variables(set.to_vec());
        assert_eq!(variables.get("teamcity.build.id"), Some("9001"));
        assert_eq!(variables.get("teamcity.serverUrl"), Some("https://tc.example.com"));
        assert_eq!(variables.get("teamcity.build.branch"), Some("für"));
        assert_eq!(variables.get("teamcity.auth.password"), None);
    }

    #[test]
    fn what_is_told_goes_before_what_was_found() {
        let found = Ci { branch: Some("main".to_owned()), number: Some(1), ..Ci::default() };
        let ci =
            told(&found, r#"{"provider": "drone", "build": 42, "branch": null}"#).expect("told");
        assert_eq!((ci.provider.as_deref(), ci.build.as_deref()), (Some("drone"), Some("42")));
        assert_eq!((ci.branch, ci.number), (None, Some(1)));
        let error = told(&found, r#"{"brunch": "main"}"#).expect_err("unknown");
        assert_eq!(error, "--ci: nothing is called brunch; the nearest is branch");
        assert!(
            told(&found, r#"{"number": "many"}"#).expect_err("no number").starts_with("--ci: ")
        );
        assert!(told(&found, "[1]").is_err());
    }
}
