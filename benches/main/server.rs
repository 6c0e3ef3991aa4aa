//! The servers under load, each a process of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::shim::{Disk, Shim};
use crate::yardsticks;

/// The binary that cargo built along with the bench.
const CREEL: &str = env!("CARGO_BIN_EXE_creel");

/// A start must be done by then; a data directory of ten million builds included.
const START_MAX: Duration = Duration::from_mins(1);

/// How often a starting server is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// A running server. Dropped, it is killed: what it still had to do must not disturb the next one.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub key: String,
    /// Directory that dies with the server, unless it is someone else's.
    folder: Option<tempfile::TempDir>,
}

impl Server {
    pub fn noop() -> Result<Self> {
        Self::yardstick("--noop-server", None)
    }

    pub fn log() -> Result<Self> {
        Self::yardstick("--log-server", Some(folder()?))
    }

    fn yardstick(mode: &str, folder: Option<tempfile::TempDir>) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(mode).arg(address.port().to_string());
        if let Some(folder) = &folder {
            command.arg(folder.path());
        }
        let child = command.spawn().context("start a yardstick")?;
        let server = Self { child, address, key: yardsticks::KEY.to_owned(), folder };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Creel on an empty directory of its own.
    pub fn creel() -> Result<Self> {
        Self::creel_on_disk(&Disk::default())
    }

    /// The same, on a disk with its ways.
    pub fn creel_on_disk(disk: &Disk) -> Result<Self> {
        let folder = folder()?;
        let data = folder.path().join("data");
        let key = make_key(&data)?;
        let mut server = Self::creel_in(&data, &key, disk)?;
        server.folder = Some(folder);
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Creel on a directory that stays; not waited for.
    pub fn creel_in(data: &Path, key: &str, disk: &Disk) -> Result<Self> {
        let address = free_address()?;
        let mut command = creel(data);
        command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(data);
        if !disk.is_plain() {
            Shim::build()?.preload(&mut command, disk);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("start creel")?;
        Ok(Self { child, address, key: key.to_owned(), folder: None })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn wait_until_ready(&self) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < START_MAX {
            if self.get("/readyz").is_ok_and(|(status, _)| status == 200) {
                return Ok(());
            }
            std::thread::sleep(ASK_EVERY);
        }
        bail!("a server did not start within {START_MAX:?}")
    }

    /// One request, one connection: for what is not under load.
    pub fn get(&self, path: &str) -> Result<(u16, Vec<u8>)> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: creel.example\r\nauthorization: Bearer {}\r\n\
             connection: close\r\n\r\n",
            self.key
        );
        self.exchange(request.as_bytes())
    }

    pub fn exchange(&self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(START_MAX))?;
        stream.write_all(request)?;
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 * 1024];
        loop {
            let got = stream.read(&mut chunk)?;
            ensure!(got > 0, "the connection ended in an answer");
            bytes.extend_from_slice(&chunk[..got]);
            if let Some((status, body)) = crate::loadgen::read_answer(&bytes)? {
                return Ok((status, body.to_vec()));
            }
        }
    }

    /// SIGKILL, now.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory on the disk that is measured: next to the build, not in memory.
pub fn folder() -> Result<tempfile::TempDir> {
    let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&parent)?;
    tempfile::Builder::new().prefix("bench-").tempdir_in(parent).context("make a directory")
}

/// Make a key for a data directory that no server uses.
pub fn make_key(data: &Path) -> Result<String> {
    if let Some(parent) = data.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let output = creel(data)
        .args(["key", "create", "--name", "bench", "--scope", "ingest,read,admin", "--json"])
        .arg("--data")
        .arg(data)
        .output()
        .context("run creel key create")?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "creel key create: {words}");
    let made: Value = serde_json::from_slice(&output.stdout)?;
    made["key"].as_str().map(str::to_owned).context("creel key create told no key")
}

/// The binary with the settings of the bench, not with those of whoever runs it.
fn creel(data: &Path) -> Command {
    let mut command = Command::new(CREEL);
    command.env_clear().env("RUST_LOG", "warn").current_dir(data.parent().unwrap_or(data));
    command
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
