//! `creel serve`: everything in one process.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::config::{Config, Effective, Origin, Overrides};
use crate::http;
use crate::http::serve::{Begun, House, Stage, bind_control, serve_control, serve_tcp};
use crate::http::tls::Tls;
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
    /// Address by which senders and people reach the server, for links and cookies
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Certificate and its chain (PEM): the port speaks https; read again when the file changes
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
}

pub async fn run(args: ServeArgs) -> Result<(), Failure> {
    let overrides = Overrides {
        file: args.config,
        listen: args.listen,
        data: args.data,
        public_url: args.public_url,
        tls_cert: args.tls_cert,
        tls_key: args.tls_key,
    };
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
    for Effective { name, origin, .. } in &config.effective {
        if !matches!(origin, Origin::Default | Origin::CommandLine) {
            eprintln!("{name} is set by {origin}");
        }
    }
    // A write beyond a file-size limit must come back as an error, not end the process.
    let _file_size = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    let stop_signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];

    let tls = config.tls.as_ref().map(Tls::load).transpose()?;
    let listener = listen(config.listen).await?;
    let address = listener.local_addr()?;
    let hub = open(config).await?;
    let control = bind_control(&hub.config().data.join(CONTROL_SOCKET)).map_err(|error| {
        Failure::new(format!("cannot make the control socket: {error}"))
            .hint("the path of the data directory may be too long for a socket (about 100 letters)")
    })?;

    let (stage, stage_now) = watch::channel(Stage::Open);
    let begun = Begun::default();
    let house = House {
        router: http::router(&hub),
        tls: tls.clone(),
        places: Arc::new(Semaphore::new(hub.config().limits.connections)),
        stage: stage_now,
        begun: begun.clone(),
    };
    let tcp = tokio::spawn(serve_tcp(listener, house.clone()));
    let owner = tokio::spawn(serve_control(control, house));
    let certificate = tls.map(watch_certificate).transpose()?;
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
    for task in companion.into_iter().chain(certificate) {
        task.abort();
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
                    Some(()) => tls.look_and_tell().await,
                    None => return,
                },
            }
        }
    }))
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
