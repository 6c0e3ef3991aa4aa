//! `creel key`: who may send, read and administer.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::http::owner::{Client, Method};
use crate::keys::{GUESSABLE_LENGTH_MAX, Scopes};

use super::{DataArgs, Failure, environment, key_create, open_or_make, say};

/// Make, list and revoke API keys
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    Create(CreateArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a key; its secret is shown this once
///
/// With `--value env:NAME` a secret that senders use already is brought along, so that moving to
/// Creel needs a new address and nothing else.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the key is for
    #[arg(long)]
    name: String,
    /// What it allows: ingest, read, admin (comma-separated); may be repeated
    #[arg(long, value_name = "SCOPES", required = true)]
    scope: Vec<Scopes>,
    /// Also check signatures made with it; keeps the secret, encrypted
    #[arg(long)]
    signing: bool,
    /// Take the secret from an environment variable instead of making one
    #[arg(long, value_name = "env:NAME")]
    value: Option<String>,
    /// Only from this network of the settings' [networks]; may be repeated
    #[arg(long, value_name = "NETWORK")]
    network: Vec<String>,
    /// Record only events of this Azure DevOps project; may be repeated
    ///
    /// A GUID or a name. Some events tell only one of them, so give both, of each project. With GUIDs
    /// alone (names alone), an event that tells its project by name only (by GUID only) is recorded;
    /// events of other projects are kept and not recorded.
    #[arg(long, value_name = "PROJECT")]
    project: Vec<String>,
    /// Record only events of this Azure DevOps publisher; may be repeated
    #[arg(long, value_name = "PUBLISHER")]
    publisher: Vec<String>,
    /// Requests per minute; more are asked to come back
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    per_minute: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// List the keys, without their secrets
///
/// Keys that variables of the server's environment set (`WEBHOOK_SECRET`, `HOOK_SECRET`) come
/// first; they are changed there.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Revoke a key; it is refused from the next request on
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Number of the key, as `creel key list` shows it
    #[arg(allow_negative_numbers = true)]
    id: i64,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => create(args).await,
        KeyCommand::List(args) => list(args).await,
        KeyCommand::Revoke(args) => revoke(args).await,
    }
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let value = args.value.as_deref().map(brought).transpose()?;
    let is_guessable = value.as_ref().is_some_and(|value| value.len() <= GUESSABLE_LENGTH_MAX);
    let request = json!({
        "name": args.name,
        "scopes": args.scope.iter().flat_map(|scopes| scopes.list()).collect::<Vec<_>>(),
        "signing": args.signing,
        "value": value,
        "limits": {
            "networks": args.network,
            "projects": args.project,
            "publishers": args.publisher,
            "per_minute": args.per_minute,
        },
    });
    let client = open_or_make(args.data.load()?).await?;
    let made = client.json(Method::POST, "/api/v1/keys", Some(&request)).await?;
    client.close().await?;
    if args.json {
        return say(made);
    }
    let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    eprintln!("Made key {} ({}). It is shown this once:", made["id"], text("name"));
    if is_guessable {
        eprintln!("It is short enough to be guessed: replace it once your senders can be changed.");
    }
    say(text("key"))
}

/// The secret behind `env:NAME`.
fn brought(reference: &str) -> Result<String, Failure> {
    let Some(name) = reference.strip_prefix("env:") else {
        return Err(Failure::usage("--value takes env:NAME, the name of an environment variable")
            .hint("a secret on the command line would be seen by everyone who lists processes"));
    };
    environment()
        .into_iter()
        .find(|(variable, value)| variable == name && !value.is_empty())
        .map(|(_, value)| value)
        .ok_or_else(|| Failure::usage(format!("the environment variable {name} is not set")))
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let config = args.data.load()?;
    let make = key_create(&config.data);
    let client = Client::open(config).await?;
    let mut items = Vec::new();
    let mut path = "/api/v1/keys?limit=200".to_owned();
    loop {
        let page = client.get(&path).await?;
        items.extend(page["items"].as_array().into_iter().flatten().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/keys?limit=200&cursor={cursor}");
    }
    client.close().await?;
    if args.json {
        return say(json!({"items": items, "next_cursor": null}));
    }
    let empty = Vec::new();
    if items.is_empty() {
        eprintln!("There are no keys. Make one: {make}");
        return Ok(());
    }
    say(format!(
        "{:>4}  {:<36} {:<18} {:<14} {:<26} STATE",
        "ID", "NAME", "SCOPES", "BEGINS WITH", "LAST USED"
    ))?;
    for key in &items {
        let text = |name: &str| key[name].as_str().unwrap_or("-").to_owned();
        let scopes: Vec<_> =
            key["scopes"].as_array().unwrap_or(&empty).iter().filter_map(Value::as_str).collect();
        let state = match (key["revoked_at"].is_null(), key["source"] == "environment") {
            (_, true) => "environment",
            (true, false) => "valid",
            (false, false) => "revoked",
        };
        say(format!(
            "{:>4}  {:<36} {:<18} {:<14} {:<26} {state}",
            key["id"].to_string(),
            text("name"),
            scopes.join(","),
            text("prefix"),
            text("last_used_at"),
        ))?;
    }
    Ok(())
}

async fn revoke(args: RevokeArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let path = format!("/api/v1/keys/{}", args.id);
    let outcome = client.json(Method::DELETE, &path, None).await;
    client.close().await?;
    outcome.map_err(|error| Failure::from(error).hint("run `creel key list` to see the keys"))?;
    eprintln!("Revoked key {}.", args.id);
    Ok(())
}
