//! How a running server hands its port to the one that takes its place.
//!
//! The sockets themselves travel, over a socket in the data directory that only its owner can open. As
//! long as one of the two processes holds them, the kernel keeps who connects in its queue, and nobody
//! is refused. The walk:
//!
//! 1. The newcomer connects and says who it is.
//! 2. The running server answers with its listening sockets. Nothing has changed yet: if the newcomer
//!    ends here, the running server goes on.
//! 3. The newcomer says [`TAKEN`]. The running server finishes what it has accepted, closes its files,
//!    and ends; its lock on the data directory goes last.
//! 4. The newcomer gets the lock, opens the files and accepts who has waited.

use std::io::{BufRead, BufReader, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;

use crate::version::VERSION;

/// Name of the socket in the data directory.
pub const HANDOVER_SOCKET: &str = "handover.sock";

/// Sockets that can be handed over at once.
const SOCKETS_MAX: usize = 16;

/// A line of the conversation.
const LINE_BYTES_MAX: usize = 4_096;

/// Both sides are processes of one machine that have nothing else to do meanwhile.
const WORD_WAIT_MAX: Duration = Duration::from_secs(5);

/// What the newcomer says when it holds the sockets.
const TAKEN: &str = "taken\n";

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub pid: u32,
    pub version: String,
}

impl Party {
    fn this_process() -> Self {
        Self { pid: std::process::id(), version: VERSION.to_owned() }
    }
}

/// Why the port was not handed over. The running server goes on.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    #[error("the running creel does not hand its port over: {0}")]
    Conversation(#[from] std::io::Error),
    #[error("the running creel said something that is not understood: {0}")]
    Words(#[from] serde_json::Error),
    #[error("the running creel handed over no socket")]
    Nothing,
}

/// Sockets on their way. Until [`Taken::confirm`] the running server goes on with them.
#[derive(Debug)]
pub struct Taken {
    pub listeners: Vec<TcpListener>,
    pub from: Party,
    stream: UnixStream,
}

impl Taken {
    /// Tell the running server that it may end. Blocks.
    pub fn confirm(mut self) -> Result<Vec<TcpListener>, HandoverError> {
        self.stream.write_all(TAKEN.as_bytes())?;
        Ok(self.listeners)
    }
}

/// Ask the server that runs on a data directory for its sockets. `None`: none runs. Blocks.
pub fn take(data: &Path) -> Result<Option<Taken>, HandoverError> {
    let Ok(mut stream) = UnixStream::connect(data.join(HANDOVER_SOCKET)) else { return Ok(None) };
    set_waits(&stream)?;
    say(&mut stream, &Party::this_process())?;

    let mut line = [0; LINE_BYTES_MAX];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut into = [IoSliceMut::new(&mut line)];
    let received = recvmsg(&stream, &mut into, &mut control, RecvFlags::CMSG_CLOEXEC)
        .map_err(std::io::Error::from)?;
    let listeners: Vec<TcpListener> = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
            _ => None,
        })
        .flatten()
        .map(TcpListener::from)
        .collect();
    let from = serde_json::from_slice(&line[..received.bytes])?;
    if listeners.is_empty() {
        return Err(HandoverError::Nothing);
    }
    Ok(Some(Taken { listeners, from, stream }))
}

/// Offer the sockets to whoever asks, until somebody takes them; returns who did.
pub async fn offer(door: UnixListener, listeners: Vec<TcpListener>) -> Party {
    let listeners = std::sync::Arc::new(listeners);
    loop {
        let Ok((stream, _)) = door.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let listeners = std::sync::Arc::clone(&listeners);
        let given = tokio::task::spawn_blocking(move || give(stream.into_std()?, &listeners)).await;
        match given {
            Ok(Ok(party)) => return party,
            Ok(Err(error)) => tracing::warn!(%error, "The port was asked for, but not taken"),
            Err(error) => tracing::error!(%error, "Handing over the port failed"),
        }
    }
}

/// The running server's side of one conversation.
fn give(mut stream: UnixStream, listeners: &[TcpListener]) -> Result<Party, HandoverError> {
    stream.set_nonblocking(false)?;
    set_waits(&stream)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    read_line(&mut reader, &mut line)?;
    let newcomer: Party = serde_json::from_str(&line)?;

    let answer = serde_json::to_vec(&Party::this_process())?;
    let sockets: Vec<_> = listeners.iter().take(SOCKETS_MAX).map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&sockets));
    sendmsg(&stream, &[IoSlice::new(&answer)], &mut control, SendFlags::empty())
        .map_err(std::io::Error::from)?;
    stream.flush()?;

    line.clear();
    read_line(&mut reader, &mut line)?;
    match line.as_str() {
        TAKEN => Ok(newcomer),
        _ => Err(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "the other process did not take it",
        )
        .into()),
    }
}

fn say(stream: &mut UnixStream, party: &Party) -> Result<(), HandoverError> {
    let mut line = serde_json::to_vec(party)?;
    line.push(b'\n');
    Ok(stream.write_all(&line)?)
}

fn read_line(reader: &mut impl BufRead, line: &mut String) -> std::io::Result<()> {
    use std::io::Read;
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    reader.take(limit).read_line(line).map(|_| ())
}

fn set_waits(stream: &UnixStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(WORD_WAIT_MAX))?;
    stream.set_write_timeout(Some(WORD_WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::serve::bind_control;

    fn bound() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").unwrap()
    }

    #[tokio::test]
    async fn the_sockets_go_to_who_takes_them() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_owned();
        assert!(take(&data).unwrap().is_none(), "nobody runs");

        let door = bind_control(&data.join(HANDOVER_SOCKET)).unwrap();
        let (first, second) = (bound(), bound());
        let addresses = [first.local_addr().unwrap(), second.local_addr().unwrap()];
        let offered = tokio::spawn(offer(door, vec![first, second]));

        // Who looks and leaves changes nothing.
        let data_again = data.clone();
        tokio::task::spawn_blocking(move || drop(take(&data_again).unwrap())).await.unwrap();

        let taken = tokio::task::spawn_blocking(move || {
            let taken = take(&data).unwrap().unwrap();
            assert_eq!(taken.from, Party::this_process());
            taken.confirm().unwrap()
        });
        let listeners = taken.await.unwrap();
        assert_eq!(offered.await.unwrap(), Party::this_process());
        let taken_addresses: Vec<_> =
            listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        assert_eq!(taken_addresses, addresses);
        // The ones that were offered are closed by now: these still listen.
        std::net::TcpStream::connect(addresses[0]).unwrap();
    }
}
