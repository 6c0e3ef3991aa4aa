//! `creel serve`: everything in one process.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::config::{Config, Origin, Overrides};
use crate::http;
use crate::http::serve::{Begun, House, Stage, bind_control, serve_control, serve_tcp};
use crate::hub::{CONTROL_SOCKET, Hub};
use crate::workers;

use super::{Failure, environment, key_create};

/// The port stays open this long after readiness went off, so that a balancer can notice.
const DRAIN_NOTICE: Duration = Duration::from_millis(300);

/// Requests that had begun are given this long, and the port stays open for them and for others;
/// SIGTERM must end the process within 20 s.
const DRAIN_MAX: Duration = Duration::from_secs(12);

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
}

pub async fn run(args: ServeArgs) -> Result<(), Failure> {
    let overrides = Overrides { listen: args.listen, data: args.data, file: args.config };
    let config = Config::load(&overrides, &environment())?;
    serve(config, "info", async |hub, address| {
        welcome(hub, address);
        Ok(None)
    })
    .await
}

/// Serve until a signal comes. `begin` runs once the server answers; the task it returns ends with
/// it.
pub(super) async fn serve(
    config: Config,
    log_level: &str,
    begin: impl AsyncFnOnce(&Hub, SocketAddr) -> Result<Option<JoinHandle<()>>, Failure>,
) -> Result<(), Failure> {
    start_logging(log_level);
    // What the command line says, the person who typed it knows.
    for (name, origin) in config.origins.iter().filter(|(_, o)| *o != Origin::CommandLine) {
        eprintln!("{name} is set by {origin}");
    }
    // A write beyond a file-size limit must come back as an error, not end the process.
    let _file_size = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    let stop_signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];

    let listener = listen(config.listen).await?;
    let address = listener.local_addr()?;
    let hub = open(config).await?;
    let control = bind_control(&hub.config().data.join(CONTROL_SOCKET)).map_err(|error| {
        Failure::new(format!("cannot make the control socket: {error}"))
            .hint("the path of the data directory may be too long for a socket (about 100 letters)")
    })?;

    let (stage, stage_now) = watch::channel(Stage::Open);
    let begun = Begun::default();
    let house = House { router: http::router(&hub), stage: stage_now, begun: begun.clone() };
    let connections = hub.config().limits.connections;
    let tcp = tokio::spawn(serve_tcp(listener, house.clone(), connections));
    let owner = tokio::spawn(serve_control(control, house));
    let (stop_workers, workers_stopped) = watch::channel(false);
    let workers = tokio::spawn(workers::run(hub.clone(), workers_stopped));

    let mut stopped = pin!(wait_for_any(stop_signals));
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
    if let Some(companion) = companion {
        companion.abort();
    }
    tracing::info!("Stopping: finishing what was accepted");
    hub.drain();
    let _ = stage.send(Stage::Draining);
    tokio::time::sleep(DRAIN_NOTICE).await;
    // Whoever connects meanwhile is answered: a hook that is refused is a hook at risk.
    let _ = tokio::time::timeout(DRAIN_MAX, begun.answered()).await;
    let _ = stage.send(Stage::Closed);
    let connections = async { tokio::join!(tcp, owner) };
    if tokio::time::timeout(CLOSE_MAX, connections).await.is_err() {
        tracing::warn!("Some requests were not finished in time and were cut off");
    }
    let _ = stop_workers.send(true);
    let _ = workers.await;
    let closing = hub.clone();
    tokio::task::spawn_blocking(move || closing.close()).await.map_err(Failure::new)?;
    let _ = std::fs::remove_file(hub.config().data.join(CONTROL_SOCKET));
    tracing::info!("Stopped");
    outcome
}

fn start_logging(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second start in one process (tests) keeps the first one's logging.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .try_init();
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program (perhaps another creel) uses this port; choose one with --listen"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need rights; choose a higher one with --listen"
            }
            _ => "choose an address of this machine with --listen",
        };
        Failure::new(format!("cannot listen on {address}: {error}")).hint(hint)
    })
}

async fn open(config: Config) -> Result<Hub, Failure> {
    let hub = tokio::task::spawn_blocking(move || Hub::open(config, Clock::system()))
        .await
        .map_err(Failure::new)??;
    Ok(hub)
}

/// What a person wants to know first.
fn welcome(hub: &Hub, address: SocketAddr) {
    let data =
        std::fs::canonicalize(&hub.config().data).unwrap_or_else(|_| hub.config().data.clone());
    eprintln!("Creel listens on http://{address}");
    eprintln!("  data        {}", data.display());
    eprintln!(
        "  hooks go to http://{address}/webhooks/azure and http://{address}/webhooks/buildkite"
    );
    if hub.keys().list().is_empty() && hub.config().guide_keys.is_empty() {
        let key_create = key_create(&hub.config().data);
        eprintln!("  no key yet  make one: {key_create}");
    }
    if let Some(token) = hub.people().first_token() {
        let base = hub.config().public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        eprintln!("  sign in     nobody can yet; the first administrator opens, once:");
        eprintln!("              {base}/setup#token={}", token.reveal());
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
