//! `creel ready`: for health checks of containers, where there is neither a shell nor curl.

use clap::Args;

use crate::http::owner::{Client, OwnerError};

use super::{DataArgs, Failure, say};

/// Ask the running server whether it can store events
///
/// Exit code 0: it can. 1: it cannot, and says why, or none runs on this data directory. Asks over the
/// control socket, so that neither an address nor a key is needed.
#[derive(Debug, Args)]
pub struct ReadyArgs {
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: ReadyArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    let server = Client::running(&config.data).await.ok_or(OwnerError::NotRunning)?;
    let (is_ready, checks) = server.ask("/readyz?verbose").await?;
    let checks = checks.trim_end();
    match is_ready {
        true => say(checks),
        false => Err(Failure::new(format!("the server is not ready:\n{checks}"))
            .hint("its log tells more; while it is not ready, senders are asked to come again")),
    }
}
