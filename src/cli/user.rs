//! `creel user`: the people who sign in, also when nobody can any more.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::http::owner::{Client, Method};

use super::{DataArgs, Failure, open_or_make, say};

/// Add, reset and list the people who sign in
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    Create(CreateArgs),
    Reset(ResetArgs),
    List(ListArgs),
}

/// Add a person; prints the link by which they choose a password
///
/// The link counts once, for three days. `creel user reset` gives out another.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Name to sign in with
    #[arg(long)]
    name: String,
    /// What they may do: viewer, editor or admin
    #[arg(long, value_parser = ["viewer", "editor", "admin"])]
    role: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Print a new link by which a person chooses a password
///
/// For a password that was forgotten, or an invitation that has expired.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Name they sign in with
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// List the people who sign in
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Create(args) => create(args).await,
        UserCommand::Reset(args) => reset(args).await,
        UserCommand::List(args) => list(args).await,
    }
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let client = open_or_make(args.data.load()?).await?;
    let wish = json!({"name": args.name, "role": args.role});
    let made = client.json(Method::POST, "/api/v1/users", Some(&wish)).await;
    client.close().await?;
    show_link(&made?, args.json)
}

async fn reset(args: ResetArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let outcome = async {
        let wanted = args.name.trim().to_lowercase();
        let users = all(&client).await?;
        let is_wanted =
            |user: &&Value| user["name"].as_str().is_some_and(|n| n.to_lowercase() == wanted);
        let user = users.iter().find(is_wanted).ok_or_else(|| {
            Failure::new(format!("there is no user called {}", args.name))
                .hint("run `creel user list` to see them")
        })?;
        let path = format!("/api/v1/users/{}/reset", user["id"]);
        Ok::<_, Failure>(client.json(Method::POST, &path, None).await?)
    };
    let made = outcome.await;
    client.close().await?;
    show_link(&made?, args.json)
}

fn show_link(made: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return say(made);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    eprintln!(
        "The link for {} ({}). It is shown this once, and counts once, until {}:",
        text(&made["user"]["name"]),
        text(&made["user"]["role"]),
        text(&made["expires_at"]),
    );
    say(text(&made["link"]))
}

async fn all(client: &Client) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    let mut path = "/api/v1/users?limit=500".to_owned();
    loop {
        let page = client.get(&path).await?;
        items.extend(page["items"].as_array().into_iter().flatten().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return Ok(items) };
        path = format!("/api/v1/users?limit=500&cursor={cursor}");
    }
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let items = all(&client).await;
    client.close().await?;
    let items = items?;
    if args.json {
        return say(json!({"items": items, "next_cursor": null}));
    }
    if items.is_empty() {
        eprintln!("Nobody signs in yet. `creel serve` prints a link for the first administrator.");
        return Ok(());
    }
    say(format!("{:>4}  {:<36} {:<8} {:<10} LAST SEEN", "ID", "NAME", "ROLE", "STATE"))?;
    for user in &items {
        let text = |name: &str| user[name].as_str().unwrap_or("-").to_owned();
        say(format!(
            "{:>4}  {:<36} {:<8} {:<10} {}",
            user["id"].to_string(),
            text("name"),
            text("role"),
            text("state"),
            text("last_seen_at"),
        ))?;
    }
    Ok(())
}
