//! What comes along with the binary: its version, completions, manual pages, and the way to fetch it.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::support::http::{Client, request};
use crate::support::server::{Server, prepared};

const BINARY: &str = env!("CARGO_BIN_EXE_creel");

fn creel(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().expect("the binary runs")
}

fn out(arguments: &[&str]) -> String {
    let output = creel(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// All commands, by their words: `["key", "create"]`.
fn commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("-h");
        let help = out(&arguments);
        let Some((_, list)) = help.split_once("Commands:\n") else { continue };
        for line in list.lines().take_while(|line| line.starts_with("  ")) {
            let name = line.split_whitespace().next().expect("a name");
            if name != "help" {
                let mut words: Vec<String> = words.clone();
                words.push(name.to_owned());
                found.push(words.clone());
                open.push(words);
            }
        }
    }
    assert!(found.len() > 12, "{found:?}");
    found
}

#[test]
fn the_version_names_the_commit_it_was_built_from() {
    let said = out(&["--version"]);
    assert_eq!(said.trim(), format!("creel {}", creel::version::full()));
    assert!(said.starts_with(concat!("creel ", env!("CARGO_PKG_VERSION"))), "{said}");
    if let Some(commit) = creel::version::COMMIT {
        // `abc1234 2026-11-26`
        let (hash, date) = commit.split_once(' ').expect("hash and date");
        assert!(hash.len() >= 7 && hash.chars().all(|c| c.is_ascii_hexdigit()), "{commit}");
        assert!(date.len() == 10 && date.split('-').count() == 3, "{commit}");
    }
}

#[test]
fn each_shell_gets_completions_that_know_all_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&["completions", shell]);
        for words in commands() {
            assert!(script.contains(words.last().expect("a word").as_str()), "{shell}: {words:?}");
        }
        assert!(script.contains("listen"), "{shell}: options too");
        // The shell itself, where it is, finds nothing wrong with it.
        let Ok(mut child) =
            Command::new(shell).arg("-n").stdin(std::process::Stdio::piped()).spawn()
        else {
            eprintln!("{shell} is not here: its completions were not read by it");
            continue;
        };
        child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("read");
        assert!(child.wait().expect("ends").success(), "{shell} does not read its completions");
    }
    let unknown = creel(&["completions", "cmd.exe"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = tempfile::tempdir().expect("a directory");
    let pages = directory.path().join("man1");
    out(&["man", pages.to_str().expect("a path")]);
    let mut names = vec!["creel".to_owned()];
    names.extend(commands().iter().map(|words| format!("creel-{}", words.join("-"))));
    for name in names {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1")))
            .unwrap_or_else(|error| panic!("{name}.1: {error}"));
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}");
    }
    let main = out(&["man"]);
    assert_eq!(main, std::fs::read_to_string(pages.join("creel.1")).expect("read"));

    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("written");
    let refused = creel(&["man", file.to_str().expect("a path")]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("cannot write manual pages to") && said.contains("hint:"), "{said}");
}

/// What a container's health check asks.
#[test]
fn ready_tells_whether_events_can_be_stored() {
    let (directory, data, _key) = prepared();
    let ready = || {
        let output = Command::new(BINARY).arg("ready").arg("--data").arg(&data).output();
        let output = output.expect("the binary runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = ready();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no server runs on this data directory"), "{said}");
    {
        let server = Server::start(&data);
        let (code, said) = ready();
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("[+]journal ok") && said.contains("[+]disk ok"), "{said}");
        server.stop();
    }
    // A mark that no disk is above.
    let server = Server::start_with(&data, |command| {
        command.env("CREEL_LIMITS__DISK_LOW", "1024TiB");
    });
    let (code, said) = ready();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("not ready") && said.contains("[-]disk failed"), "{said}");
    drop((server, directory));
}

#[test]
fn the_server_hands_out_its_own_binary_also_after_an_upgrade_of_the_file() {
    let (directory, data, _key) = prepared();
    // A copy of its own, so that it can be replaced.
    let copy = directory.path().join("creel");
    std::fs::copy(BINARY, &copy).expect("copied");
    let server = Server::start_binary(&copy, &data);
    let replacement = directory.path().join("creel.new");
    std::fs::write(&replacement, "another version").expect("written");
    std::fs::rename(&replacement, &copy).expect("replaced");

    let original = std::fs::read(BINARY).expect("read");
    let hash = hex::encode(Sha256::digest(&original));
    let answer = request(server.address, "GET", "/download/creel", &[], b"");
    assert_eq!(answer.status, 200);
    assert!(answer.body == original, "{} of {} bytes", answer.body.len(), original.len());
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"creel\""));
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert_eq!(tag, format!("\"{hash}\""));

    let mut client = Client::connect(server.address).expect("connected");
    client.write(b"HEAD /download/creel HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    let head = client.read_head().expect("answered");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = original.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    assert_eq!(head.header("repr-digest"), answer.header("repr-digest"));
    // Nothing came behind the head: the connection answers the next question.
    let sum = client.send("GET", "/download/creel.sha256", &[], b"").expect("answered");
    assert_eq!(sum.text(), format!("{hash}  creel\n"));

    let headers = [("if-none-match", tag.as_str())];
    let known = client.send("GET", "/download/creel", &headers, b"").expect("answered");
    assert_eq!((known.status, known.body.len()), (304, 0));
    let posted = client.send("POST", "/download/creel", &[], b"").expect("answered");
    assert_eq!(posted.status, 405);
}

/// Readers that take nothing cost a place each, little memory, and no hook an answer.
#[test]
fn downloads_are_few_at_a_time_and_never_hold_up_a_hook() {
    let (_directory, data, key) = prepared();
    let server = Server::start(&data);
    let warm = request(server.address, "GET", "/download/creel.sha256", &[], b"");
    assert_eq!(warm.status, 200);
    let (before, _) = server.memory_kib();
    let mut open = Vec::new();
    let refused = loop {
        let stream = TcpStream::connect(server.address).expect("connected");
        (&stream).write_all(b"GET /download/creel HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
        let mut reader = BufReader::with_capacity(32, stream);
        let mut status = [0; 12];
        reader.read_exact(&mut status).expect("a status line");
        if &status[9..] != b"200" {
            break String::from_utf8_lossy(&status[9..]).into_owned();
        }
        open.push(reader);
        assert!(open.len() < 100, "there is no end of places");
    };
    assert_eq!(refused, "503");
    assert_eq!(open.len(), 8);
    let (held, _) = server.memory_kib();
    assert!(held < before + 32 * 1024, "{before} KiB before, {held} KiB with readers");

    let push = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;
    let hook = server.post("/webhooks/azure", &[("x-api-key", &key)], push);
    assert_eq!(hook.status, 200, "{}", hook.text());
    // Those who leave make room.
    drop(open);
    crate::support::server::eventually("a place is free", || {
        let mut client = Client::connect(server.address).expect("connected");
        client.send("GET", "/download/creel", &[], b"").is_ok_and(|answer| answer.status == 200)
    });
}
