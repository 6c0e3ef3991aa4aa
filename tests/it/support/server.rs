//! The real binary, started, killed and started again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{Answer, request};

/// A start must be done by then.
const START_MAX: Duration = Duration::from_mins(1);

/// A `creel serve` on a directory of its own choice.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    data: PathBuf,
    said: Arc<Mutex<String>>,
    /// Ends with what is said.
    listener: Option<JoinHandle<()>>,
}

/// Run a command of the binary on a data directory and wait for its end.
pub fn creel(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).arg("--data").arg(data).output().expect("the binary runs")
}

fn command(data: &Path) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_creel")), data)
}

fn command_of(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    // A test's settings are what the test says, not what the machine's environment holds.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(data.parent().unwrap_or(data));
    command
}

/// Make a key with these scopes; returns its secret.
pub fn make_key(data: &Path, scopes: &str) -> String {
    let output = creel(data, &["key", "create", "--name", "test", "--scope", scopes, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    made["key"].as_str().expect("a key").to_owned()
}

/// A directory with a key, ready for a server.
pub fn prepared() -> (tempfile::TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "ingest,read");
    (directory, data, key)
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, |_| {})
    }

    /// Start a copy of the binary.
    pub fn start_binary(binary: &Path, data: &Path) -> Self {
        Self::start_command(command_of(binary, data), data, |_| {})
    }

    /// Start with changes to the command: variables, a preloaded library.
    pub fn start_with(data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_command(command(data), data, change)
    }

    fn start_command(mut command: Command, data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        change(&mut command);
        Self::run(command, data, "Creel listens on ")
    }

    /// Under strace, which writes every system call of it to a file.
    pub fn start_traced(strace: &Path, trace: &Path, data: &Path) -> Self {
        let mut command = command_of(strace, data);
        command.args(["-f", "-qq", "-s", "0", "-e", "signal=none", "-o"]).arg(trace);
        command.arg(env!("CARGO_BIN_EXE_creel"));
        Self::start_command(command, data, |_| {})
    }

    /// SIGTERM to the server that a trace runs, and wait for both to end.
    pub fn stop_traced(self) -> String {
        // The lock says which process it is.
        let pid = std::fs::read_to_string(self.data.join("creel.lock")).expect("it runs");
        let pid =
            rustix::process::Pid::from_raw(pid.trim().parse().expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it lives");
        self.ended()
    }

    /// A `creel demo` that keeps its data somewhere below a directory.
    pub fn demo(directory: &Path) -> Self {
        let mut command = command(&directory.join("data"));
        command.args(["demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", directory);
        // A real server's settings must not lead the demo to its data.
        command.env("CREEL_SERVER__DATA", "/nowhere").env("WEBHOOK_SECRET", "not-a-real-secret");
        Self::run(command, directory, "The demo is at ")
    }

    /// A `creel simulate` that sends no hooks.
    pub fn simulator(directory: &Path) -> Self {
        let mut command = command(&directory.join("data"));
        command.args(["simulate", "--listen", "127.0.0.1:0"]);
        Self::run(command, directory, "The simulator's page is at ")
    }

    fn run(mut command: Command, data: &Path, announces: &'static str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let said = Arc::new(Mutex::new(String::new()));
        let (sender, receiver) = mpsc::channel();
        let all = Arc::clone(&said);
        let listener = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // At the end of a line, or of a text in one.
                let url = line.split_once(announces).and_then(|(_, url)| url.split_once("://"));
                if let Some((_, rest)) = url {
                    let address = rest.split(['"', '/']).next().expect("a part");
                    let _ = sender.send(address.parse::<SocketAddr>().expect("an address"));
                }
                let mut all = all.lock().expect("not poisoned");
                all.push_str(&line);
                all.push('\n');
            }
        });
        let address = receiver.recv_timeout(START_MAX).unwrap_or_else(|_| {
            panic!("the server did not start: {}", said.lock().expect("not poisoned"))
        });
        Self { child, address, data: data.to_owned(), said, listener: Some(listener) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Everything it wrote to stderr so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("not poisoned").clone()
    }

    pub fn post(&self, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        request(self.address, "POST", target, headers, body)
    }

    pub fn get(&self, target: &str, key: &str) -> Answer {
        request(self.address, "GET", target, &[("authorization", &format!("Bearer {key}"))], b"")
    }

    /// All items of a listing, page by page.
    pub fn all(&self, target: &str, key: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if target.contains('?') { '&' } else { '?' };
            let answer = self.get(&format!("{target}{joint}limit=500{cursor}"), key);
            assert_eq!(answer.status, 200, "{}", answer.text());
            let page = answer.json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Wait until everything that was stored has been read.
    pub fn wait_until_read(&self, key: &str) {
        eventually("everything is read", || {
            let answer = self.get("/api/v1/events?status=pending&limit=1", key);
            answer.status == 200 && answer.json()["items"] == Value::Array(Vec::new())
        });
    }

    /// SIGKILL: nothing is finished, nothing is closed.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and wait for a clean end.
    pub fn stop(self) -> String {
        self.terminate();
        self.ended()
    }

    /// Wait for the clean end of a server that was told to stop.
    pub fn ended(mut self) -> String {
        let status = self.child.wait().expect("it ends");
        // Its last words may still be on their way.
        self.listener.take().map(JoinHandle::join);
        assert!(status.success(), "ended with {status}: {}", self.said());
        self.said()
    }

    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).expect("a pid"))
            .expect("a pid");
        rustix::process::kill_process(pid, signal).expect("it lives");
    }

    /// Resident memory, now and at its peak, in KiB.
    pub fn memory_kib(&self) -> (u64, u64) {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it lives");
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok())
                .unwrap_or(0)
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Look again until it is so; a test that waits for longer than this has found something.
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let patience = Duration::from_mins(1);
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
