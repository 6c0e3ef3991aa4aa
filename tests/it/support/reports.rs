//! What reporters send, read as a server reads it, and a server that takes it.

use std::io::Read;

use serde_json::{Value, json};

use super::receiver::{Received, Receiver};

/// A report as it arrived.
#[derive(Debug)]
pub struct Sent {
    pub ci: Value,
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Sent {
    pub fn names(&self) -> Vec<&str> {
        self.files.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Where `creel report` says that everything can be seen.
pub const PAGE: &str = "https://creel.example.com/builds/00000000-0000-4000-8000-000000000001";

/// A server that takes every report and remembers it.
pub fn server() -> Receiver {
    Receiver::answering(|_| (200, taken()).into())
}

pub fn taken() -> Value {
    json!({"received": true, "entry_id": 1, "status": "stored", "url": PAGE,
           "build_id": "00000000-0000-4000-8000-000000000001"})
}

/// Read a request of `POST /api/v1/reports`.
pub fn sent(received: &Received) -> Sent {
    assert_eq!((received.method.as_str(), received.path()), ("POST", "/api/v1/reports"));
    let body = match received.header("content-encoding") {
        Some("gzip") => {
            let mut body = Vec::new();
            flate2::read::GzDecoder::new(&received.body[..]).read_to_end(&mut body).expect("gzip");
            body
        }
        _ => received.body.clone(),
    };
    assert!(body.len() <= 16 * 1024 * 1024, "{} bytes are more than a server takes", body.len());
    let kind = received.header("content-type").expect("a content type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a form");
    let edge = format!("--{boundary}").into_bytes();
    let mut sent = Sent { ci: Value::Null, files: Vec::new() };
    for part in split(&body, &edge) {
        let Some(part) = part.strip_prefix(b"\r\n") else { continue };
        let at = memchr::memmem::find(part, b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&part[..at]).into_owned();
        let content = part[at + 4..].strip_suffix(b"\r\n").expect("an end");
        let word = |name: &str| {
            let (_, rest) = head.split_once(&format!("{name}=\""))?;
            Some(rest.split('"').next().expect("a word").to_owned())
        };
        match word(" name").as_deref() {
            Some("ci") => sent.ci = serde_json::from_slice(content).expect("JSON"),
            Some("file") => sent.files.push((word("filename").expect("a name"), content.to_vec())),
            other => panic!("a part nobody asked for: {other:?}"),
        }
    }
    sent
}

fn split<'b>(body: &'b [u8], edge: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = memchr::memmem::find(rest, edge) {
        parts.push(&rest[..at]);
        rest = &rest[at + edge.len()..];
    }
    assert_eq!(rest, b"--\r\n", "the end of the form");
    parts
}

/// A form with these parts, as curl sends them: `(name, name of the file, content)`. Returns its content
/// type and itself.
pub fn form(parts: &[(&str, Option<&str>, &str)]) -> (String, Vec<u8>) {
    let boundary = "edge-of-a-part";
    let mut body = String::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    (format!("multipart/form-data; boundary={boundary}"), body.into_bytes())
}
