//! `creel secrets`: the key that secrets on disk are sealed with.

use clap::{Args, Subcommand};

use crate::http::owner::{Client, Method};

use super::{DataArgs, Failure, say};

/// The key that secrets on disk are sealed with
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    Rotate(RotateArgs),
}

/// Make a new secrets key and seal everything with it
///
/// Works while the server runs, and without one. Cut short, the same command goes on where it stopped. The
/// old key is kept beside the new one (ending in `.old`) for backups from before: remove it when none of
/// them is needed any more.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(command: SecretsCommand) -> Result<(), Failure> {
    let SecretsCommand::Rotate(args) = command;
    let client = Client::open(args.data.load()?).await?;
    let outcome = client.json(Method::POST, "/api/v1/secrets/rotate", None).await;
    client.close().await?;
    let done = outcome.map_err(|error| {
        Failure::from(error)
            .hint("the log says why; the directory of server.secrets_key has to be writable")
    })?;
    if args.json {
        return say(done);
    }
    eprintln!(
        "Sealed {} secrets with a new key. The old one is kept for backups from before: {}",
        done["secrets"],
        done["old_key"].as_str().unwrap_or_default()
    );
    Ok(())
}
