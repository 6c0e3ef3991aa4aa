//! Traces of Creel's own work, as a collector gets them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;

use crate::support::server::{Server, prepared};

/// A collector that keeps what it is sent: the head and the body of each request.
fn collector() -> (SocketAddr, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if stream.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let head = head.to_ascii_lowercase();
                    let length = head.split("content-length: ").nth(1).expect("a length");
                    let length = length.split("\r\n").next().expect("a line");
                    let mut body = vec![0; length.parse().expect("a number")];
                    stream.read_exact(&mut body).expect("a body");
                    let _ = sender.send((head, body));
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    stream.get_mut().write_all(answer).expect("answered");
                }
            });
        }
    });
    (address, received)
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_collector_sees_the_work_and_what_it_belongs_to() {
    let (address, received) = collector();
    let (_directory, data, key) = prepared();
    let server = Server::start_with(&data, |command| {
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
            .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=harbour");
    });
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let headers = [("x-api-key", key.as_str()), ("traceparent", &traceparent)];
    let hook = br#"{"eventType": "build.complete", "resource": {"note": "in-the-body"}}"#;
    let answer = server.post("/webhooks/azure?azpToken=a-token-of-the-provider", &headers, hook);
    assert_eq!(answer.status, 200, "{}", answer.text());
    server.wait_until_read(&key);
    let unknown = server.get("/api/v1/builds/1?apiKey=not-a-real-key", &key);
    assert_eq!(unknown.status, 404);
    let metrics = server.get("/metrics", &key).text();
    assert!(metrics.contains("creel_trace_spans_total{outcome=\"ended\"}"), "{metrics}");
    // What waits is sent before the end.
    server.stop();

    let (heads, bodies): (Vec<String>, Vec<Vec<u8>>) = received.try_iter().unzip();
    assert!(heads.iter().all(|head| head.starts_with("post /v1/traces http/1.1\r\n")), "{heads:?}");
    let sent = bodies.concat();
    for part in [
        "service.name",
        "creel",
        "harbour",
        "receive",
        "journal.commit",
        "processor.batch",
        "GET /api/v1/builds/{id}",
        "http.response.status_code",
    ] {
        assert!(holds(&sent, part.as_bytes()), "{part} was not sent");
    }
    let trace = hex::decode(TRACE).expect("hex");
    assert!(holds(&sent, &trace), "the sender's trace is linked");
    for secret in [key.as_str(), "a-token-of-the-provider", "not-a-real-key", "in-the-body"] {
        assert!(!holds(&sent, secret.as_bytes()), "{secret}");
    }
}

#[test]
fn a_collector_that_is_away_holds_up_nothing() {
    let (_directory, data, key) = prepared();
    // A port that nobody listens on.
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it");
    let server = Server::start_with(&data, |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    });
    let answer = server.post("/webhooks/azure", &[("x-api-key", &key)], b"{}");
    assert_eq!(answer.status, 200, "{}", answer.text());
    server.stop();
}
