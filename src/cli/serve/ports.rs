//! Where the listening sockets come from: made here, held by the service manager, or taken over from
//! the server that runs.

use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;
use tokio::net::TcpSocket;

use crate::cli::Failure;
use crate::config::{Config, Origin};
use crate::http::handover::{self, Taken};
use crate::hub::{DirectoryLock, Hub, OpenError};

/// Connections that wait in the kernel until they are accepted: all that come while one process takes
/// another's place.
const QUEUE_MAX: u32 = 4_096;

/// Sockets that the service manager passed to this process (`LISTEN_FDS`). To be called before there
/// are other threads: it takes the variables out of the environment, so that no child inherits them.
pub(in crate::cli) fn inherited() -> ListenFd {
    ListenFd::from_env()
}

/// The sockets that were passed, if any were.
pub(super) fn passed(mut sockets: ListenFd) -> Result<Vec<TcpListener>, Failure> {
    let mut listeners = Vec::new();
    for index in 0..sockets.len() {
        let socket = sockets.take_tcp_listener(index).map_err(|error| {
            Failure::new(format!("cannot use the socket that the service manager passed: {error}"))
                .hint("ListenStream= of the socket unit takes a port, or an address with a port")
        })?;
        listeners.extend(socket);
    }
    Ok(listeners)
}

/// Listen on an address.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let socket = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(QUEUE_MAX)?.into_std()
    };
    socket().map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program (perhaps another creel) uses this port; choose one with --listen, or take \
                 a running creel's place with --take-over"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need rights; choose a higher one with --listen"
            }
            _ => "choose an address of this machine with --listen",
        };
        Failure::new(format!("cannot listen on {address}: {error}")).hint(hint)
    })
}

/// Get the sockets of the server that runs on the data directory. `None`: none runs. Blocks.
///
/// What would keep this process from serving is looked for first: the running server must not end
/// for one that cannot take its place.
pub(super) fn take_over(config: &Config) -> Result<Option<Taken>, Failure> {
    Hub::check(config)?;
    let Some(taken) = handover::take(&config.data)? else {
        // A release that did not know how, or one that is stopping.
        return match DirectoryLock::take(&config.data) {
            Ok(_) => Ok(None),
            Err(error @ OpenError::InUse { .. }) => {
                Err(Failure::new(format!("{error}, and it does not hand its port over now")).hint(
                    "it may be stopping, or be handing over to another already: look again in a moment; one before \
                     0.2.0 has to be stopped first",
                ))
            }
            Err(error) => Err(error.into()),
        };
    };
    let address = taken.listeners[0].local_addr()?;
    let listen = config.effective.iter().find(|setting| setting.name == "server.listen");
    let is_asked = listen.is_some_and(|setting| setting.origin != Origin::Default);
    if is_asked && config.listen.port() != 0 && config.listen != address {
        let wanted = config.listen;
        return Err(Failure::usage(format!(
            "the running creel (process {}) listens on {address}, not on {wanted}",
            taken.from.pid
        ))
        .hint("the port is taken over as it is: leave --listen out, or stop that process first"));
    }
    Ok(Some(taken))
}
