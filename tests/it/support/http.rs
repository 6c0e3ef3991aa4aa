//! A client that shows every byte: what a test says is what goes over the wire.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Longest wait for an answer; a test that needs longer has found something.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }
}

/// What the bytes travel on.
enum Wire {
    Plain(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Encrypted(stream) => &stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(into),
            Self::Encrypted(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

/// One connection, kept open between requests.
pub struct Client {
    address: SocketAddr,
    stream: BufReader<Wire>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { address, stream: BufReader::new(Wire::Plain(socket(address)?)) })
    }

    /// Speak TLS with `localhost`, trusting one certificate (PEM) alone.
    pub fn connect_tls(address: SocketAddr, trusted: &str) -> io::Result<Self> {
        Self::encrypt(socket(address)?, address, "localhost", trusted)
    }

    /// The same with another name, as a client at another address of this machine.
    pub fn connect_tls_from(
        from: IpAddr,
        address: SocketAddr,
        name: &'static str,
        trusted: &str,
    ) -> io::Result<Self> {
        Self::encrypt(socket_from(from, address)?, address, name, trusted)
    }

    fn encrypt(
        socket: TcpStream,
        address: SocketAddr,
        name: &'static str,
        trusted: &str,
    ) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        let trusted = CertificateDer::from_pem_slice(trusted.as_bytes()).expect("a certificate");
        roots.add(trusted).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name).expect("a name");
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, socket);
        // Now, so that a certificate that is not trusted is found here.
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(Self { address, stream: BufReader::new(Wire::Encrypted(Box::new(stream))) })
    }

    pub fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.write(&request)?;
        self.read_answer()
    }

    /// Send these bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Say that nothing more will be sent.
    pub fn end_sending(&mut self) -> io::Result<()> {
        self.stream.get_ref().socket().shutdown(std::net::Shutdown::Write)
    }

    /// Read one answer; interim ones (100 Continue) are passed over.
    pub fn read_answer(&mut self) -> io::Result<Answer> {
        loop {
            let answer = self.read_one()?;
            if answer.status >= 200 {
                return Ok(answer);
            }
        }
    }

    /// Read one answer, interim ones too.
    pub fn read_one(&mut self) -> io::Result<Answer> {
        let mut answer = self.read_head()?;
        answer.body = if answer.header("transfer-encoding").is_some_and(|v| v == "chunked") {
            self.read_chunks()?
        } else {
            let length = answer.header("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            self.stream.read_exact(&mut body)?;
            body
        };
        Ok(answer)
    }

    /// Read the head of an answer, which is all there is to a `HEAD`.
    pub fn read_head(&mut self) -> io::Result<Answer> {
        let ended = || io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended");
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(ended());
        }
        let status = line
            .split_whitespace()
            .nth(1)
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, line.clone()))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(ended());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Answer { status, headers, body: Vec::new() })
    }

    /// Read one line of an answer that does not end.
    pub fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line)
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let mut chunk = vec![0; length + 2];
            self.stream.read_exact(&mut chunk)?;
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpStream> {
    prepare(TcpStream::connect(address)?)
}

fn socket_from(from: IpAddr, address: SocketAddr) -> io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let unbound = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&unbound, &SocketAddr::new(from, 0))?;
    connect(&unbound, &address)?;
    prepare(unbound.into())
}

fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(ANSWER_WAIT_MAX))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request on a connection of its own.
pub fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    Client::connect(address)
        .and_then(|mut client| client.send(method, target, headers, body))
        .unwrap_or_else(|error| panic!("{method} {target}: {error}"))
}
