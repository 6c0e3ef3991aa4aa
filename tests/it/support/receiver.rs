//! A receiver elsewhere with a memory: what it got, byte for byte, and what it says to each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A connection that says nothing for this long is closed, as real servers do.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Lower-case names.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Number of the entry it was handed on as.
    pub fn entry(&self) -> i64 {
        self.header("x-creel-entry").and_then(|text| text.parse().ok()).expect("an entry number")
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().expect("a path")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Status, headers and body of an answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The connection ends after so many bytes of the body, as if somebody had pulled the cable.
    pub cut: Option<usize>,
}

impl From<u16> for Reply {
    fn from(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

impl From<(u16, serde_json::Value)> for Reply {
    fn from((status, body): (u16, serde_json::Value)) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes(), cut: None }
    }
}

type Answer = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// Keeps its memory and its address while it is away.
pub struct Receiver {
    pub address: SocketAddr,
    answer: Answer,
    got: Arc<Mutex<Vec<Received>>>,
    running: Option<Running>,
}

struct Running {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::answering(|_| 200.into())
    }

    pub fn answering(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut receiver =
            Self { address, answer: Arc::new(answer), got: Arc::default(), running: None };
        receiver.listen(listener);
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that came, also what was not taken.
    pub fn got(&self) -> Vec<Received> {
        self.got.lock().expect("not poisoned").clone()
    }

    /// The end: connections are refused from here on.
    pub fn goes_away(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else { return };
        stop.store(true, Ordering::Release);
        // Wakes the one that waits for a connection.
        drop(TcpStream::connect(self.address));
        thread.join().expect("no panic");
    }

    /// At the same address as before.
    pub fn comes_back(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the port is free");
        self.listen(listener);
    }

    fn listen(&mut self, listener: TcpListener) {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, answer, got) =
            (Arc::clone(&stop), Arc::clone(&self.answer), Arc::clone(&self.got));
        let thread = std::thread::spawn(move || {
            let mut open: Vec<(TcpStream, JoinHandle<()>)> = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Acquire) {
                    break;
                }
                let (answer, got) = (Arc::clone(&answer), Arc::clone(&got));
                let handle = stream.try_clone().expect("a handle");
                let talk = std::thread::spawn(move || {
                    let _ = stream.set_read_timeout(Some(IDLE_MAX));
                    let _ = stream.set_nodelay(true);
                    let mut stream = BufReader::new(stream);
                    while let Some(received) = read(&mut stream) {
                        let reply = answer(&received);
                        got.lock().expect("not poisoned").push(received);
                        if write(stream.get_mut(), &reply).is_err() {
                            return;
                        }
                    }
                });
                open.push((handle, talk));
            }
            drop(listener);
            for (stream, talk) in open {
                // What was read is answered; nothing more is read.
                let _ = stream.shutdown(std::net::Shutdown::Read);
                let _ = talk.join();
            }
        });
        self.running = Some(Running { stop, thread });
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.goes_away();
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).ok().filter(|length| *length > 0)?;
    let first = String::from_utf8(line).ok()?;
    let mut words = first.split_whitespace().map(ToOwned::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).ok()?;
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Received { method, target, headers, body })
}

fn write(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} said\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len()));
    stream.write_all(head.as_bytes())?;
    let Some(length) = reply.cut else { return stream.write_all(&reply.body) };
    stream.write_all(&reply.body[..length])?;
    stream.shutdown(std::net::Shutdown::Both)
}
