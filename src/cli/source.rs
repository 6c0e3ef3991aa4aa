//! `creel source`: who sends, and the tokens by which their providers are asked for more.

use std::io::Read;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::http::owner::{Client, Method};
use crate::model::Timestamp;

use super::{DataArgs, Failure, environment, open_or_make, say};

/// Longest secret that is read from stdin.
const SECRET_BYTES_MAX: u64 = 8 * 1024;

/// Senders, and the tokens by which their providers are asked for more
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    List(ListArgs),
    Set(SetArgs),
    Check(CheckArgs),
    Unset(UnsetArgs),
}

/// List the sources and the tokens
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProviderWord {
    #[value(name = "azure_devops", aliases = ["azure", "azure-devops"])]
    AzureDevops,
    Buildkite,
}

/// Set the token by which a provider is asked for steps, logs, tests and agents
///
/// It is sealed on disk and goes to the base address alone. Giving an address outside the provider's
/// own domain confirms it: the token will be sent there.
///
/// A personal access token of Azure DevOps needs the scopes Build (read), Test Management (read),
/// Release (read), Agent Pools (read); one of Buildkite `read_builds`, `read_build_logs`,
/// `read_artifacts`, `read_agents`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Whose token it is
    #[arg(long, value_enum)]
    provider: ProviderWord,
    /// Organisation or collection of Azure DevOps, `https://dev.azure.com/contoso` [default: Buildkite's own]
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Take the token from an environment variable, or from stdin with `-`
    #[arg(long, value_name = "env:NAME|-", conflicts_with_all = ["entra_tenant", "entra_client", "entra_secret"])]
    token: Option<String>,
    /// It may change things at the provider; it is never used for reading
    #[arg(long)]
    write: bool,
    /// Only for the source of this name
    #[arg(long, value_name = "NAME", alias = "organization")]
    source: Option<String>,
    /// When it ends, where the provider does not tell: 2027-01-31
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// An application of Microsoft Entra instead of a token: its tenant
    #[arg(long, value_name = "TENANT", requires_all = ["entra_client", "entra_secret"])]
    entra_tenant: Option<String>,
    /// Its client id
    #[arg(long, value_name = "ID", requires = "entra_tenant")]
    entra_client: Option<String>,
    /// Its client secret
    #[arg(long, value_name = "env:NAME|-", requires = "entra_tenant")]
    entra_secret: Option<String>,
    /// Where it signs in, if not at `https://login.microsoftonline.com`
    #[arg(long, value_name = "URL", requires = "entra_tenant")]
    entra_authority: Option<String>,
    /// Do not try it
    #[arg(long)]
    no_check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Look at a token: whose it is, and what it can read
///
/// Ends with 1 when the provider does not take it, or when it lacks a scope.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Id of the token, as `creel source list` shows it [default: all of them]
    id: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Forget a token
#[derive(Debug, Args)]
pub struct UnsetArgs {
    /// Id of the token, as `creel source list` shows it
    id: String,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(command: SourceCommand) -> Result<(), Failure> {
    match command {
        SourceCommand::List(args) => list(args).await,
        SourceCommand::Set(args) => set(args).await,
        SourceCommand::Check(args) => check(args).await,
        SourceCommand::Unset(args) => unset(args).await,
    }
}

async fn sources(client: &Client) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    let mut path = "/api/v1/sources?limit=500".to_owned();
    loop {
        let page = client.get(&path).await?;
        items.extend(page["items"].as_array().into_iter().flatten().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return Ok(items) };
        path = format!("/api/v1/sources?limit=500&cursor={cursor}");
    }
}

async fn tokens(client: &Client) -> Result<Vec<Value>, Failure> {
    let page = client.get("/api/v1/access").await?;
    Ok(page["items"].as_array().into_iter().flatten().cloned().collect())
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or("-")
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let found = async { Ok::<_, Failure>((sources(&client).await?, tokens(&client).await?)) }.await;
    client.close().await?;
    let (sources, tokens) = found?;
    if args.json {
        return say(json!({"items": sources, "access": tokens, "next_cursor": null}));
    }
    if sources.is_empty() {
        eprintln!("Nobody has sent anything yet.");
    } else {
        say(format!(
            "{:<24} {:<14} {:<10} {:<26} ASKED WITH",
            "NAME", "PROVIDER", "HEALTH", "LAST EVENT"
        ))?;
    }
    for source in &sources {
        let access = &source["access"];
        let asked = match access["read"].as_object() {
            Some(token) => format!(
                "token {} ({})",
                text(&access["read"], "id"),
                token["state"].as_str().unwrap_or("-")
            ),
            None => access["none"]["reason"].as_str().unwrap_or("-").to_owned(),
        };
        let (name, provider) = (text(source, "name"), text(source, "provider"));
        let (health, last) = (text(source, "health"), text(source, "last_event_at"));
        say(format!("{name:<24} {provider:<14} {health:<10} {last:<26} {asked}"))?;
    }
    if tokens.is_empty() {
        eprintln!(
            "There are no tokens: stages, logs and tests are not asked for. Set one: creel source set"
        );
        return Ok(());
    }
    say(format!(
        "\n{:<11} {:<14} {:<7} {:<12} {:<12} {:<24} BASE",
        "TOKEN", "PROVIDER", "FOR", "STATE", "ENDS", "WHO"
    ))?;
    for token in &tokens {
        let ends = text(token, "expires_at").split('T').next().unwrap_or("-");
        let base = token["base"].as_str().unwrap_or("(came in an address)");
        let (id, provider, purpose) =
            (text(token, "id"), text(token, "provider"), text(token, "purpose"));
        let (state, who) = (text(token, "state"), text(token, "who"));
        let only =
            token["organization"].as_str().map(|name| format!(", only {name}")).unwrap_or_default();
        say(format!(
            "{id:<11} {provider:<14} {purpose:<7} {state:<12} {ends:<12} {who:<24} {base}{only}"
        ))?;
    }
    Ok(())
}

/// A secret by where it is: never the secret itself.
fn secret(argument: &str, reference: &str) -> Result<String, Failure> {
    if reference == "-" {
        let mut read = String::new();
        std::io::stdin().lock().take(SECRET_BYTES_MAX).read_to_string(&mut read)?;
        return match read.trim() {
            "" => Err(Failure::usage(format!("nothing came on stdin for {argument}"))),
            secret => Ok(secret.to_owned()),
        };
    }
    let Some(name) = reference.strip_prefix("env:") else {
        let what = format!(
            "{argument} takes env:NAME, the name of an environment variable, or - for stdin"
        );
        return Err(Failure::usage(what)
            .hint("a secret on the command line is seen by everyone who lists processes, and stays in the shell's history: if that was one, replace it"));
    };
    environment()
        .into_iter()
        .find(|(variable, value)| variable == name && !value.trim().is_empty())
        .map(|(_, value)| value.trim().to_owned())
        .ok_or_else(|| Failure::usage(format!("the environment variable {name} is not set")))
}

async fn set(args: SetArgs) -> Result<(), Failure> {
    let token = args.token.as_deref().map(|from| secret("--token", from)).transpose()?;
    let entra =
        args.entra_secret.as_deref().map(|from| secret("--entra-secret", from)).transpose()?;
    if token.is_none() && entra.is_none() {
        return Err(Failure::usage("a token is needed: --token env:NAME, or --token - to read it from stdin")
            .hint("for an application of Microsoft Entra: --entra-tenant, --entra-client and --entra-secret env:NAME"));
    }
    if let Some(day) = &args.expires
        && Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")).is_none()
    {
        return Err(Failure::usage(format!("--expires takes a day such as 2027-01-31, not {day}")));
    }
    let provider = match args.provider {
        ProviderWord::AzureDevops => "azure_devops",
        ProviderWord::Buildkite => "buildkite",
    };
    let mut wish = json!({
        "provider": provider,
        "base": args.base,
        // Whoever types an address means it.
        "confirm_base": args.base.is_some(),
        "purpose": if args.write { "write" } else { "read" },
        "organization": args.source,
        "token": token,
        "tenant": args.entra_tenant,
        "client_id": args.entra_client,
        "client_secret": entra,
        "authority": args.entra_authority,
        "expires_at": args.expires,
    });
    if let Some(members) = wish.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let client = open_or_make(args.data.load()?).await?;
    let outcome = async {
        let set = client.json(Method::PUT, "/api/v1/access", Some(&wish)).await?;
        let look = match args.no_check {
            true => None,
            false => Some(look_at(&client, text(&set, "id")).await?),
        };
        Ok::<_, Failure>((set, look))
    }
    .await;
    client.close().await?;
    let (set, look) = outcome?;
    eprintln!("Set token {} for {}.", text(&set, "id"), text(&set, "base"));
    if set["is_own_domain"] == false {
        eprintln!(
            "This is not an address of the provider's own: the token is sent there from now on."
        );
    }
    if let Some(look) = &look {
        tell(look);
    }
    match args.json {
        true => say(look.map_or(set, |look| look["access"].clone())),
        false => Ok(()),
    }
}

async fn look_at(client: &Client, id: &str) -> Result<Value, Failure> {
    let path = format!("/api/v1/access/{id}/check");
    Ok(client.json(Method::POST, &path, None).await?)
}

/// Say what a look has shown.
fn tell(look: &Value) {
    if let Some(reason) = look["error"]["reason"].as_str() {
        eprintln!("It was tried and cannot be used: {reason}");
        return;
    }
    eprintln!(
        "It belongs to {}.",
        look["who"].as_str().unwrap_or("somebody the provider does not name")
    );
    for tried in look["tried"].as_array().into_iter().flatten() {
        let right = text(tried, "right");
        if right.is_empty() {
            continue;
        }
        let outcome = match text(tried, "outcome") {
            "ok" => "yes",
            "lacking" => "NO",
            _ => "not known",
        };
        let reason = tried["reason"].as_str().map(|why| format!(" ({why})")).unwrap_or_default();
        eprintln!("  {right:<26} {outcome:<9} {}{reason}", text(tried, "what"));
    }
}

async fn check(args: CheckArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let outcome = async {
        let ids = match args.id {
            Some(id) => vec![id],
            None => {
                tokens(&client).await?.iter().map(|token| text(token, "id").to_owned()).collect()
            }
        };
        let mut looks = Vec::new();
        for id in ids {
            let look = look_at(&client, &id).await;
            looks.push(
                look.map_err(|failure| failure.hint("run `creel source list` to see the tokens"))?,
            );
        }
        Ok::<_, Failure>(looks)
    }
    .await;
    client.close().await?;
    let looks = outcome?;
    if args.json {
        say(json!({"items": looks}))?;
    } else {
        for look in &looks {
            eprintln!("Token {}:", text(&look["access"], "id"));
            tell(look);
        }
    }
    let is_lacking = |look: &&Value| {
        !look["error"].is_null()
            || look["access"]["missing"].as_array().is_some_and(|all| !all.is_empty())
    };
    match looks.iter().filter(is_lacking).count() {
        0 => Ok(()),
        count => Err(Failure::new(format!("{count} of {} tokens need somebody", looks.len()))
            .hint("make a new token with the scopes that are missing: docs/operate/tokens.md")),
    }
}

async fn unset(args: UnsetArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let outcome = client.json(Method::DELETE, &format!("/api/v1/access/{}", args.id), None).await;
    client.close().await?;
    outcome
        .map_err(|error| Failure::from(error).hint("run `creel source list` to see the tokens"))?;
    eprintln!("Forgot token {}.", args.id);
    Ok(())
}
