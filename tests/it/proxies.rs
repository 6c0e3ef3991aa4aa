//! Behind Caddy and nginx, with the very files of `integrations/`: what arrives, whose address is seen, and
//! what the proxies must not do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::http::{Answer, Client};
use crate::support::server::{Server, eventually, make_key};
use crate::support::tools::tool;

/// The name in the files.
const NAME: &str = "creel.example.com";

/// Where the sender is: another address of this machine than the proxy's.
const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

const PUSH: &[u8] =
    br#"{"eventType":"git.push","resource":{"repository":{"id":"r-1","name":"shop"}},
    "resourceContainers":{"account":{"id":"a-1","baseUrl":"https://dev.azure.com/contoso/"}}}"#;

/// A Creel that knows what stands in front of it.
fn creel_behind(data: &Path) -> Server {
    Server::start_with(data, |command| {
        command.env("CREEL_SERVER__PUBLIC_URL", format!("https://{NAME}"));
        command.env("CREEL_SERVER__TRUSTED_PROXIES", "127.0.0.1");
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    listener.local_addr().expect("an address").port()
}

/// A proxy that runs in front of an address, with a certificate of the test's own.
struct Proxy {
    child: Child,
    address: SocketAddr,
    certificate: String,
    log: PathBuf,
}

impl Proxy {
    /// Take the file of `integrations/`, put this machine's addresses and files in it, and run the
    /// program that `command` makes of its path.
    fn start(
        directory: &Path,
        file: &str,
        in_place_of: &[(&str, &str)],
        port: u16,
        command: impl FnOnce(&Path) -> Command,
    ) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations").join(file);
        let mut text = std::fs::read_to_string(path).expect("the file");
        for (written, here) in in_place_of {
            assert!(text.contains(written), "{file} has no `{written}` any more");
            text = text.replace(written, here);
        }
        let path = directory.join("proxy.conf");
        std::fs::write(&path, text).expect("written");
        let log = directory.join("proxy.log");
        let said = std::fs::File::create(&log).expect("made");
        let child = command(&path)
            .current_dir(directory)
            .env("HOME", directory)
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("shared"))
            .stderr(said)
            .spawn()
            .expect("the proxy starts");
        let certificate = std::fs::read_to_string(directory.join("cert.pem")).expect("read");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut proxy = Self { child, address, certificate, log };
        eventually("the proxy listens", || {
            let ended = proxy.child.try_wait().expect("looked");
            assert!(ended.is_none(), "{}", std::fs::read_to_string(&proxy.log).unwrap_or_default());
            TcpStream::connect(address).is_ok()
        });
        proxy
    }

    fn caddy(program: &Path, directory: &Path, creel: SocketAddr) -> Self {
        certify(directory);
        let port = free_port();
        let site = format!("https://{NAME}:{port} {{\n\ttls cert.pem key.pem\n");
        let creel = creel.to_string();
        let here = [(&*format!("{NAME} {{\n"), &*site), ("127.0.0.1:3000", &*creel)];
        Self::start(directory, "caddy/Caddyfile", &here, port, |path| {
            // Of the machine, not of the site: no ports beside the one, nothing kept elsewhere.
            let file = std::fs::read_to_string(path).expect("read");
            let options =
                "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n";
            std::fs::write(path, format!("{options}{file}")).expect("written");
            let mut command = Command::new(program);
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(path);
            command.env("XDG_DATA_HOME", directory).env("XDG_CONFIG_HOME", directory);
            command
        })
    }

    fn nginx(program: &Path, directory: &Path, creel: SocketAddr) -> Self {
        certify(directory);
        let port = free_port();
        let creel = creel.to_string();
        let file = |name: &str| directory.join(name).display().to_string();
        let (listen, plain) =
            (format!("127.0.0.1:{port} ssl"), format!("127.0.0.1:{}", free_port()));
        let live = format!("/etc/letsencrypt/live/{NAME}");
        let here = [
            ("listen 443 ssl", &*format!("listen {listen}")),
            ("listen 80", &*format!("listen {plain}")),
            (&*format!("{live}/fullchain.pem"), &*file("cert.pem")),
            (&*format!("{live}/privkey.pem"), &*file("key.pem")),
            ("127.0.0.1:3000", &*creel),
        ];
        let program = program.to_owned();
        Self::start(directory, "nginx/creel.conf", &here, port, |path| {
            // What /etc/nginx/nginx.conf has around it, with every file in the directory.
            let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
            let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|name| format!("{name}_temp_path {};\n", file(&format!("{name}_temp"))))
                .concat();
            let main = format!(
                "{user}daemon off;\npid {};\nerror_log stderr;\nevents {{}}\n\
                 http {{\naccess_log off;\n{places}include {};\n}}\n",
                file("nginx.pid"),
                path.display()
            );
            let main_path = directory.join("nginx.conf");
            std::fs::write(&main_path, main).expect("written");
            let mut command = Command::new(program);
            command.arg("-p").arg(directory).arg("-c").arg(main_path).args(["-e", "stderr"]);
            command
        })
    }

    fn client(&self) -> Client {
        Client::connect_tls_from(SENDER, self.address, NAME, &self.certificate).expect("trusted")
    }

    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let headers = [headers, &[("host", NAME)]].concat();
        self.client().send(method, target, &headers, body).unwrap_or_else(|error| {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            panic!("{method} {target}: {error}: {said}")
        })
    }
}

/// How long a proxy may finish what it has begun. Caddy waits for streams whose listener has left, until
/// something is said on them.
const END_WAIT_MAX: Duration = Duration::from_secs(1);

impl Drop for Proxy {
    fn drop(&mut self) {
        // Asked first, so that nginx takes its workers along.
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let asked = Instant::now();
        while asked.elapsed() < END_WAIT_MAX && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate for the name, and its key, as files.
fn certify(directory: &Path) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec![NAME.to_owned()]).expect("parameters");
    let certificate = parameters.self_signed(&key).expect("signed").pem();
    std::fs::write(directory.join("cert.pem"), certificate).expect("written");
    std::fs::write(directory.join("key.pem"), key.serialize_pem()).expect("written");
}

fn hooks_arrive_with_their_senders_address(proxy: &Proxy, key: &str) {
    let answer = proxy.send("POST", "/webhooks/azure", &[("x-api-key", key)], PUSH);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["status"], "skipped");
    let again = proxy.send("POST", "/webhooks/azure", &[("x-api-key", key)], PUSH);
    assert_eq!(again.json()["status"], "duplicate");

    // A stranger that claims to be somebody else is seen as who it is.
    let claims = [("x-api-key", "not-a-key"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(proxy.send("POST", "/webhooks/azure", &claims, PUSH).status, 401);
    let bearer = format!("Bearer {key}");
    eventually("the refusal is told", || {
        let refusals = proxy.send("GET", "/api/v1/refusals", &[("authorization", &bearer)], b"");
        let items = refusals.json()["items"].as_array().expect("items").clone();
        assert!(items.iter().all(|item| item["address"] == SENDER.to_string()), "{items:?}");
        items.iter().any(|item| item["code"] == "key_unknown")
    });
}

fn bodies_pass_up_to_the_size_that_creel_takes(proxy: &Proxy, key: &str) {
    for bytes in [10 * 1024 * 1024, 16 * 1024 * 1024] {
        let mut body = br#"{"eventType": "git.push"}"#.to_vec();
        body.resize(bytes, b' ');
        let answer = proxy.send("POST", "/webhooks/azure", &[("x-api-key", key)], &body);
        assert_eq!(answer.status, 200, "{bytes} bytes: {}", answer.text());
    }
}

fn people_sign_in_safely_and_links_lead_to_the_public_name(proxy: &Proxy, server: &Server) {
    eventually("it says where to go", || server.said().contains("/setup#token="));
    let said = server.said();
    let link = said.split_whitespace().find(|word| word.contains("/setup#token=")).expect("a link");
    let token =
        link.strip_prefix(&format!("https://{NAME}/setup#token=")).expect("the public name");
    let setup = json!({"token": token, "name": "ada", "password": "not-a-real-password"});
    let origin = format!("https://{NAME}");
    let browser = [("origin", &*origin), ("sec-fetch-site", "same-origin")];
    let answer = proxy.send("POST", "/api/v1/setup", &browser, setup.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie").expect("a session");
    assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure"), "{cookie}");

    let session = cookie.split(';').next().expect("a cookie");
    let headers = [&browser[..], &[("cookie", session)]].concat();
    let body = json!({"name": "bob", "role": "viewer"}).to_string();
    let made = proxy.send("POST", "/api/v1/users", &headers, body.as_bytes());
    assert!(made.text().contains(&format!("\"https://{NAME}/setup#token=")), "{}", made.text());
}

/// A message is there when it happens, not when a buffer is full.
fn the_live_stream_is_not_held_back(proxy: &Proxy, key: &str) {
    let mut stream = proxy.client();
    let ask =
        format!("GET /api/v1/live HTTP/1.1\r\nhost: {NAME}\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write(ask.as_bytes()).expect("sent");
    let head = stream.read_head().expect("answered");
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    let begun = Instant::now();
    let hook: Value =
        json!({"eventType": "git.push", "resource": {"url": "https://example.com/live"}});
    let answer =
        proxy.send("POST", "/webhooks/azure", &[("x-api-key", key)], hook.to_string().as_bytes());
    assert_eq!(answer.status, 200);
    while !stream.read_line().expect("a line").starts_with("data:") {}
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn the_binary_comes_whole(proxy: &Proxy) {
    let answer = proxy.send("GET", "/download/creel", &[], b"");
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_creel")).expect("there").len();
    assert_eq!((answer.status, answer.body.len() as u64), (200, size));
}

fn all_of_it(start: impl FnOnce(&Path, SocketAddr) -> Proxy) -> (Proxy, Server, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    let key = make_key(&data, "ingest,read,admin");
    let server = creel_behind(&data);
    let proxy = start(directory.path(), server.address);
    hooks_arrive_with_their_senders_address(&proxy, &key);
    bodies_pass_up_to_the_size_that_creel_takes(&proxy, &key);
    people_sign_in_safely_and_links_lead_to_the_public_name(&proxy, &server);
    the_live_stream_is_not_held_back(&proxy, &key);
    the_binary_comes_whole(&proxy);
    (proxy, server, directory)
}

#[test]
fn nginx_hands_on_what_creel_needs() {
    let Some(program) = tool("nginx") else { return };
    let (proxy, _server, _directory) =
        all_of_it(|directory, creel| Proxy::nginx(&program, directory, creel));
    // What is too large is said by the length alone, in words that senders know.
    let length = (16 * 1024 * 1024 + 1).to_string();
    let mut client = proxy.client();
    let head = format!(
        "POST /webhooks/azure HTTP/1.1\r\nhost: {NAME}\r\ncontent-length: {length}\r\n\r\n"
    );
    client.write(head.as_bytes()).expect("sent");
    assert_eq!(client.read_answer().expect("answered").status, 413);
}

#[test]
fn caddy_hands_on_what_creel_needs() {
    let Some(program) = tool("caddy") else { return };
    all_of_it(|directory, creel| Proxy::caddy(&program, directory, creel));
}
