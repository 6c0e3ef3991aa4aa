//! `creel demo`: a server with two weeks of made-up history and organisations that go on working.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access::{AccessError, AccessWish, WishedSecret};
use crate::config::{Config, Log, LogFormat, Overrides};
use crate::http::feed;
use crate::hub::Hub;
use crate::keys::{Key, KeyLimits, KeyRequest, Scope, Scopes};
use crate::model::{By, EntryId, Provider, Purpose, Timestamp};
use crate::secrets::Secret;
use crate::simulator::rest::limits::Limits;
use crate::simulator::rest::{self, Archive, Rest, Settings};
use crate::simulator::world::World;
use crate::store::sqlite::books::test_sets::next_filing;
use crate::store::sqlite::books::{ENTRIES, position};

use super::serve::{Ports, serve};
use super::{Failure, environment};

/// How often it is asked whether all of the history was read.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Show Creel with made-up data
///
/// Serves two weeks of history of two make-believe organisations, which go on working, from a
/// directory that is removed at the end. Needs neither an account nor the network; whoever reaches
/// it is its administrator.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Another seed makes other people do other things
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub async fn run(args: DemoArgs) -> Result<(), Failure> {
    let directory = tempfile::Builder::new()
        .prefix("creel-demo-")
        .tempdir()
        .map_err(|error| Failure::new(format!("cannot make a directory for the demo: {error}")))?;
    // Settings of a real server are none of the demo's; where the file of secrets or the data is, least
    // of all.
    let environment: Vec<_> =
        environment().into_iter().filter(|(name, _)| !is_setting(name)).collect();
    let nothing = directory.path().join("creel.toml");
    std::fs::write(&nothing, "")?;
    let overrides = Overrides {
        listen: Some(args.listen),
        data: Some(directory.path().join("data")),
        file: Some(nothing),
        ..Overrides::default()
    };
    let log = Log { format: LogFormat::Text, level: "warn" };
    let config = Config { is_demo: true, log, ..Config::load(&overrides, &environment)? };
    let seed = args.seed;
    let served = serve(config, Ports::Passed(Vec::new()), async move |hub, address| {
        let live = fill(hub, seed).await?;
        eprintln!("The demo is at http://{address}");
        eprintln!("  two make-believe organisations, contoso and acme; all of it ends with Ctrl-C");
        Ok(Some(live))
    })
    .await;
    // Said here, since what is left behind would be found by nobody.
    let left: PathBuf = directory.path().to_owned();
    directory
        .close()
        .map_err(|error| Failure::new(format!("cannot remove {}: {error}", left.display())))?;
    served
}

fn is_setting(name: &str) -> bool {
    ["WEBHOOK_SECRET", "HOOK_SECRET", "AZURE_PROJECT_ID", "PORT"].contains(&name)
        || name.strip_prefix("CREEL_").is_some_and(|rest| rest.contains("__"))
}

/// Take in the history and wait until it was read; the task tells what goes on from there.
async fn fill(hub: &Hub, seed: u64) -> Result<JoinHandle<()>, Failure> {
    let begun = Instant::now();
    let key = make_key(hub.clone()).await?;
    let now = Timestamp::now();
    eprintln!("Making up two weeks of history...");
    let archive = tokio::task::spawn_blocking(move || Archive::of(World::history(seed, now), now));
    let history = feed::made_ahead(move || World::history(seed, now));
    feed::take_in_all(hub, &key, history).await.map_err(Failure::new)?;
    let last = hub.journal().last();
    while read_up_to(hub.clone()).await? < last || is_filing(hub.clone()).await? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    eprintln!(
        "{last} hooks and reports were received and read in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    let rest = answer_questions(hub, archive.await.map_err(Failure::new)?).await?;
    let hub = hub.clone();
    Ok(tokio::spawn(async move {
        let mut live = feed::made_ahead(move || World::live(seed, now));
        while let Some(happening) = live.recv().await {
            let wait = happening.received_at.0 - Timestamp::now().0;
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
            rest.archive().note(&happening);
            if let Err(error) = feed::take_in(&hub, &key, [happening]).await {
                tracing::warn!(%error, "The demo could not store a hook");
            }
        }
    }))
}

/// Let the make-believe providers be asked for steps, logs and the rest, on a port of loopback, and give
/// the hub their tokens.
async fn answer_questions(hub: &Hub, archive: Archive) -> Result<Arc<Rest>, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| {
        Failure::new(format!("cannot listen for the make-believe providers: {error}"))
    })?;
    let address = listener.local_addr()?;
    // Told, so that who asks knows that it may ask on.
    let limits = Limits { user: 60_000, organisation: 60_000, azure: 0 };
    let settings = Settings { limits, ..Settings::new(hub.clock().clone()) };
    let rest = Rest::new(settings, archive);
    tokio::spawn(rest::serve(listener, Arc::clone(&rest)));
    let hub = hub.clone();
    let set = tokio::task::spawn_blocking(move || {
        let bases = [(Provider::AzureDevops, "contoso"), (Provider::Buildkite, "v2")];
        for (provider, below) in bases {
            let wish = AccessWish {
                provider,
                base: Some(format!("http://{address}/{below}")),
                is_base_confirmed: true,
                purpose: Purpose::Read,
                organization: None,
                secret: WishedSecret::Token(Secret::new(rest::TOKEN)),
                expires_at: None,
            };
            hub.vault().set(&wish, &By::creel(Timestamp::now()))?;
        }
        Ok::<_, AccessError>(())
    });
    set.await.map_err(Failure::new)?.map_err(Failure::new)?;
    Ok(rest)
}

async fn make_key(hub: Hub) -> Result<Key, Failure> {
    let request = KeyRequest {
        name: "make-believe providers".to_owned(),
        scopes: Scopes::of(&[Scope::Ingest]),
        signing: false,
        limits: KeyLimits::default(),
        value: None,
    };
    let made = tokio::task::spawn_blocking(move || {
        hub.keys().create(&request, &By::creel(Timestamp::now()))
    });
    Ok(made.await.map_err(Failure::new)?.map_err(Failure::new)?.key)
}

async fn read_up_to(hub: Hub) -> Result<EntryId, Failure> {
    let read = tokio::task::spawn_blocking(move || {
        hub.books().read(|connection| position(connection, ENTRIES))
    });
    Ok(EntryId(read.await.map_err(Failure::new)?.map_err(Failure::new)?))
}

/// Whether test results that were read are still to be filed.
async fn is_filing(hub: Hub) -> Result<bool, Failure> {
    let next = tokio::task::spawn_blocking(move || {
        hub.books().read(|connection| next_filing(connection, hub.clock().now()))
    });
    Ok(next.await.map_err(Failure::new)?.map_err(Failure::new)?.is_some())
}
