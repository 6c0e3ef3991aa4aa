//! `creel serve`: everything in one process.

mod manager;
mod ports;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use listenfd::ListenFd;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::Clock;
use crate::config::{Config, Effective, LogFormat, Origin, Overrides};
use crate::http;
use crate::http::handover::{self, HANDOVER_SOCKET};
use crate::http::serve::{Begun, House, Stage, bind_control, serve_control, serve_tcp};
use crate::http::tls::Tls;
use crate::hub::{CONTROL_SOCKET, Hub};
use crate::workers;

use super::{Failure, environment, key_create, logging};

pub(super) use ports::inherited;

/// The port stays open this long after readiness went off, so that a balancer can notice.
const DRAIN_NOTICE: Duration = Duration::from_millis(300);

/// Requests that had begun are given this long, and the port stays open for them and for others;
/// SIGTERM must end the process within 20 s.
const DRAIN_MAX: Duration = Duration::from_secs(12);

/// How long a server whose place is taken may need to end: its own bounds, and closing its files.
const PREDECESSOR_MAX: Duration = Duration::from_mins(1);

/// Requests that are still open when the port is closed are given this long.
const CLOSE_MAX: Duration = Duration::from_secs(3);

/// Run the server
///
/// Needs no file and no other service. Listens on 127.0.0.1:3000 and keeps its data in ./data
/// unless told otherwise.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Directory that holds the data [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file [default: ./creel.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address by which senders and people reach the server, for links and cookies
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Certificate and its chain (PEM): the port speaks https; read again when the file changes
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Take the place of the server that runs on the data directory, refusing nobody
    ///
    /// It hands its port over, finishes what it has accepted and ends; whoever connects meanwhile waits.
    /// Where none runs, this is a start like any other. For an upgrade, start the new binary so.
    #[arg(long)]
    take_over: bool,
}

pub async fn run(args: ServeArgs, inherited: ListenFd) -> Result<(), Failure> {
    let overrides = Overrides {
        file: args.config,
        listen: args.listen,
        data: args.data,
        public_url: args.public_url,
        tls_cert: args.tls_cert,
        tls_key: args.tls_key,
    };
    let config = Config::load(&overrides, &environment())?;
    let ports = match args.take_over {
        true => Ports::TakeOver,
        false => Ports::Passed(ports::passed(inherited)?),
    };
    serve(config, ports, async |hub, address| {
        match hub.config().log.format {
            LogFormat::Text => welcome(hub, address),
            LogFormat::Json => announce(hub, address),
        }
        Ok(None)
    })
    .await
}

/// Where the listening sockets come from.
pub(super) enum Ports {
    /// From the service manager; none: made here.
    Passed(Vec<std::net::TcpListener>),
    /// From the server that runs on the data directory; none: made here.
    TakeOver,
}

/// Serve until a signal comes, or another process takes over. `begin` runs once the server answers;
/// the task it returns ends with it.
pub(super) async fn serve(
    config: Config,
    ports: Ports,
    begin: impl AsyncFnOnce(&Hub, SocketAddr) -> Result<Option<JoinHandle<()>>, Failure>,
) -> Result<(), Failure> {
    let logging = logging::start(config.log)?;
    let format = config.log.format;
    // What the command line says, the person who typed it knows.
    for Effective { name, origin, .. } in &config.effective {
        if !matches!(origin, Origin::Default | Origin::CommandLine) {
            match format {
                LogFormat::Text => eprintln!("{name} is set by {origin}"),
                LogFormat::Json => tracing::info!(setting = name, "{name} is set by {origin}"),
            }
        }
    }
    let served = serve_with(config, ports, begin).await;
    tokio::task::spawn_blocking(|| logging.stop()).await.map_err(Failure::new)?;
    match format {
        LogFormat::Text => served,
        LogFormat::Json => served.map_err(Failure::into_log),
    }
}

async fn serve_with(
    config: Config,
    ports: Ports,
    begin: impl AsyncFnOnce(&Hub, SocketAddr) -> Result<Option<JoinHandle<()>>, Failure>,
) -> Result<(), Failure> {
    // A write beyond a file-size limit must come back as an error, not end the process.
    let _file_size = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    let tls = config.tls.as_ref().map(Tls::load).transpose()?;
    let (listeners, hub) = open(config, ports).await?;
    // From here on there is something to finish; before, a signal ends the process as it always does.
    let stop_signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let address = listeners[0].local_addr()?;
    let control = bind(&hub, CONTROL_SOCKET)?;
    let door = bind(&hub, HANDOVER_SOCKET)?;
    let offered =
        listeners.iter().map(std::net::TcpListener::try_clone).collect::<Result<_, _>>()?;

    let (stage, stage_now) = watch::channel(Stage::Open);
    let begun = Begun::default();
    let house = House {
        router: http::router(&hub),
        tls: tls.clone(),
        places: Arc::new(Semaphore::new(hub.config().limits.connections)),
        stage: stage_now,
        begun: begun.clone(),
    };
    let mut doors = JoinSet::new();
    for listener in listeners {
        doors.spawn(serve_tcp(TcpListener::from_std(listener)?, house.clone()));
    }
    doors.spawn(serve_control(control, house));
    let alive = tokio::spawn(manager::keep_alive());
    let certificate = tls.map(watch_certificate).transpose()?;
    let (stop_workers, workers_stopped) = watch::channel(false);
    let workers = tokio::spawn(workers::run(hub.clone(), workers_stopped));

    manager::ready(address);

    let mut stopped = pin!(wait_for_end(stop_signals, door, offered));
    let companion = tokio::select! {
        begun = begin(&hub, address) => Some(begun),
        () = &mut stopped => None,
    };
    let (companion, outcome) = match companion {
        Some(Ok(companion)) => {
            stopped.await;
            (companion, Ok(()))
        }
        Some(Err(failure)) => (None, Err(failure)),
        None => (None, Ok(())),
    };
    for task in companion.into_iter().chain(certificate).chain([alive]) {
        task.abort();
    }
    tracing::info!("Stopping: finishing what was accepted");
    hub.drain();
    let _ = stage.send(Stage::Draining);
    tokio::time::sleep(DRAIN_NOTICE).await;
    // Whoever connects meanwhile is answered: a hook that is refused is a hook at risk.
    let _ = tokio::time::timeout(DRAIN_MAX, begun.answered()).await;
    let _ = stage.send(Stage::Closed);
    if tokio::time::timeout(CLOSE_MAX, doors.join_all()).await.is_err() {
        tracing::warn!("Some requests were not finished in time and were cut off");
    }
    let _ = stop_workers.send(true);
    let _ = workers.await;
    let closing = hub.clone();
    tokio::task::spawn_blocking(move || closing.close()).await.map_err(Failure::new)?;
    // Before the lock is let go of: the sockets that come next belong to somebody else.
    for name in [CONTROL_SOCKET, HANDOVER_SOCKET] {
        let _ = std::fs::remove_file(hub.config().data.join(name));
    }
    tracing::info!("Stopped");
    outcome
}

/// Read the certificate again when its files change, and look at once when asked by SIGHUP.
fn watch_certificate(tls: Tls) -> std::io::Result<JoinHandle<()>> {
    // Only with a certificate: elsewhere the signal ends the process with its terminal, as people expect.
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(tokio::spawn(async move {
        let mut watch = pin!(tls.clone().watch());
        loop {
            tokio::select! {
                () = &mut watch => return,
                asked = hang_up.recv() => match asked {
                    Some(()) => {
                        tls.forget();
                        tls.look_and_tell().await;
                    }
                    None => return,
                },
            }
        }
    }))
}

/// Get the listening sockets, then the data: whoever connects from here on is kept in the queue.
async fn open(config: Config, ports: Ports) -> Result<(Vec<std::net::TcpListener>, Hub), Failure> {
    let opened = tokio::task::spawn_blocking(move || {
        let (listeners, wait) = match ports {
            Ports::Passed(passed) if !passed.is_empty() => (passed, Duration::ZERO),
            Ports::Passed(_) => (vec![ports::bind(config.listen)?], Duration::ZERO),
            Ports::TakeOver => match ports::take_over(&config)? {
                Some(taken) => {
                    let (pid, version) = (taken.from.pid, &taken.from.version);
                    tracing::info!(
                        predecessor.pid = pid,
                        "Taking over from process {pid} ({version})"
                    );
                    (taken.confirm()?, PREDECESSOR_MAX)
                }
                None => (vec![ports::bind(config.listen)?], Duration::ZERO),
            },
        };
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        Ok::<_, Failure>((listeners, Hub::open_within(config, Clock::system(), wait)?))
    });
    opened.await.map_err(Failure::new)?
}

/// A socket in the data directory that only its owner can open.
fn bind(hub: &Hub, name: &str) -> Result<UnixListener, Failure> {
    bind_control(&hub.config().data.join(name)).map_err(|error| {
        Failure::new(format!("cannot make the socket {name}: {error}"))
            .hint("the path of the data directory may be too long for a socket (about 100 letters)")
    })
}

/// What a person wants to know first.
fn welcome(hub: &Hub, address: SocketAddr) {
    let data =
        std::fs::canonicalize(&hub.config().data).unwrap_or_else(|_| hub.config().data.clone());
    let here = format!("{}://{address}", hub.config().scheme());
    let base = hub.config().public_url.clone().unwrap_or_else(|| here.clone());
    eprintln!("Creel listens on {here}");
    eprintln!("  data        {}", data.display());
    eprintln!("  hooks go to {base}/webhooks/azure and {base}/webhooks/buildkite");
    if hub.keys().list().is_empty() && hub.config().guide_keys.is_empty() {
        let key_create = key_create(&hub.config().data);
        eprintln!("  no key yet  make one: {key_create}");
    }
    if let Some(token) = hub.people().first_token() {
        eprintln!("  sign in     nobody can yet; the first administrator opens, once:");
        eprintln!("              {base}/setup#token={}", token.reveal());
    }
}

/// The same for programs, but for the link: a log is kept, and whoever reads one that holds a link
/// could be the administrator.
fn announce(hub: &Hub, address: SocketAddr) {
    let data = hub.config().data.display();
    let here = format!("{}://{address}", hub.config().scheme());
    tracing::info!(server.url = here, server.data = %data, "Creel listens on {here}");
    if hub.keys().list().is_empty() && hub.config().guide_keys.is_empty() {
        tracing::warn!("There is no key yet; make one: {}", key_create(&hub.config().data));
    }
    if hub.people().first_token().is_some() {
        tracing::warn!(
            "Nobody can sign in yet; `creel user create --name NAME --role admin` prints a link"
        );
    }
}

/// Wait for a signal, or for a process that takes this one's place.
async fn wait_for_end(
    signals: [Signal; 2],
    door: UnixListener,
    listeners: Vec<std::net::TcpListener>,
) {
    let mut ended = Box::pin(wait_for_any(signals));
    tokio::select! {
        () = &mut ended => manager::stopping(),
        successor = handover::offer(door, listeners) => {
            tracing::info!("Process {} ({}) takes over", successor.pid, successor.version);
            // It ends already: a signal means at once.
            tokio::spawn(async move {
                ended.await;
                std::process::exit(1);
            });
        }
    }
}

async fn wait_for_any(signals: [Signal; 2]) {
    let [mut terminate, mut interrupt] = signals;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // A second signal means: at once.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
}
