//! The port with a certificate of its own.

use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::support::http::{Client, request};
use crate::support::server::{Server, eventually, prepared};

/// A fresh certificate for `localhost` in place of whatever the files held.
fn renew(directory: &Path) -> (PathBuf, PathBuf, String) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let cert = parameters.self_signed(&key).expect("signed").pem();
    let (cert_file, key_file) = (directory.join("cert.pem"), directory.join("key.pem"));
    std::fs::write(&cert_file, &cert).expect("written");
    std::fs::write(&key_file, key.serialize_pem()).expect("written");
    (cert_file, key_file, cert)
}

fn serve(data: &Path, cert: &Path, key: &Path) -> Server {
    Server::start_with(data, |command| {
        command.arg("--tls-cert").arg(cert).arg("--tls-key").arg(key);
    })
}

#[test]
fn hooks_and_people_come_by_https() {
    let (directory, data, key) = prepared();
    let (cert_file, key_file, cert) = renew(directory.path());
    let server = serve(&data, &cert_file, &key_file);
    eventually("it says where to go", || server.said().contains("/setup#token="));

    let mut client = Client::connect_tls(server.address, &cert).expect("trusted");
    let push = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;
    let answer =
        client.send("POST", "/webhooks/azure", &[("x-api-key", &key)], push).expect("answered");
    assert_eq!(answer.status, 200, "{}", answer.text());

    let said = server.said();
    let token =
        said.split("/setup#token=").nth(1).and_then(|rest| rest.lines().next()).expect("a link");
    assert!(said.contains("hooks go to https://"), "{said}");
    let setup = format!(r#"{{"token":"{token}","name":"ada","password":"a-long-password"}}"#);
    let answer = client.send("POST", "/api/v1/setup", &[], setup.as_bytes()).expect("answered");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie").expect("a session");
    assert!(cookie.contains("; Secure") && cookie.starts_with("__Host-"), "{cookie}");
}

#[test]
fn the_end_of_the_certificate_is_told_from_the_start() {
    let (directory, data, key) = prepared();
    let (cert_file, key_file, cert) = renew(directory.path());
    let server = serve(&data, &cert_file, &key_file);
    eventually("both are told", || {
        let mut client = Client::connect_tls(server.address, &cert).expect("trusted");
        let answer = client.send("GET", "/metrics", &[("x-api-key", &key)], b"");
        let metrics = answer.expect("answered").text();
        metrics.contains("\ncreel_tls_certificate_expiry_timestamp_seconds ")
            && metrics.contains("\ncreel_tls_last_reload_successful 1")
    });
}

#[test]
fn plain_http_on_that_port_is_told_so() {
    let (directory, data, key) = prepared();
    let (cert_file, key_file, _) = renew(directory.path());
    let server = serve(&data, &cert_file, &key_file);

    let page = request(
        server.address,
        "GET",
        "/builds?state=running",
        &[("host", "creel.test:3000")],
        b"",
    );
    assert_eq!(page.status, 308);
    assert_eq!(page.header("location"), Some("https://creel.test:3000/builds?state=running"));

    let hook = server.post("/webhooks/azure", &[("x-api-key", &key)], b"{}");
    assert_eq!(hook.status, 400);
    assert_eq!(hook.json()["code"], "https_only");
}

#[test]
fn a_renewed_certificate_counts_from_the_next_connection_on() {
    let (directory, data, _) = prepared();
    let (cert_file, key_file, old) = renew(directory.path());
    let server = serve(&data, &cert_file, &key_file);
    let mut before = Client::connect_tls(server.address, &old).expect("trusted");

    let (_, _, new) = renew(directory.path());
    server.signal(Signal::HUP);
    eventually("the new certificate is shown", || {
        Client::connect_tls(server.address, &new).is_ok()
    });
    assert!(Client::connect_tls(server.address, &old).is_err(), "the old one is gone");
    let answer = before.send("GET", "/livez", &[], b"").expect("answered");
    assert_eq!(answer.status, 200, "who was connected stays connected");
}

#[test]
fn a_receiver_behind_https_gets_hooks_if_the_system_trusts_its_certificate() {
    let (directory, data, key) = prepared();
    let (cert_file, key_file, cert) = renew(directory.path());
    let secret = "not-a-real-hook-secret";
    let receiver = Server::start_with(&data, |command| {
        command.arg("--tls-cert").arg(&cert_file).arg("--tls-key").arg(&key_file);
        command.env("WEBHOOK_SECRET", secret);
    });
    let url = format!("https://localhost:{}/webhooks/azure", receiver.address.port());
    let (_directory, data, front_key) = prepared();
    let start = |trusts: bool| {
        Server::start_with(&data, |command| {
            command.env("CREEL_FORWARD__URL", &url).env("WEBHOOK_SECRET", secret);
            if trusts {
                command.env("SSL_CERT_FILE", &cert_file);
            }
        })
    };
    let front = start(false);
    let push = br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}}}"#;
    let sent = front.post("/webhooks/azure", &[("x-webhook-secret", secret)], push);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let told =
        |front: &Server| front.get("/api/v1/forwards", &front_key).json()["items"][0].clone();
    eventually("it says why", || {
        let problem = told(&front)["problem"]["reason"].to_string();
        problem.contains("certificate")
    });
    front.stop();
    let front = start(true);
    eventually("it is taken", || told(&front)["taken"] == 1);
    let mut client = Client::connect_tls(receiver.address, &cert).expect("trusted");
    let answer = client.send("GET", "/api/v1/events", &[("x-api-key", &key)], b"");
    let events = answer.expect("answered").json();
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "{events}");
}
