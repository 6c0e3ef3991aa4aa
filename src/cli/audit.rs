//! `creel audit`: who changed what here, and who signed in.

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::http::owner::Client;

use super::{DataArgs, Failure, say};

/// Lines of a terminal's answer unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;

/// Show who changed what: keys, people, sessions, replays
///
/// Newest first. Every change by a person, a key or a command on this machine leaves a line, written
/// in the same transaction as the change.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only by this person or key, or by `owner`: commands on this machine
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Only this, as `key.created`
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Not older than this: RFC 3339, or a day
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Older than this
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = LIMIT_DEFAULT)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: AuditArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let items = collect(&client, &args).await;
    client.close().await?;
    let items = items?;
    if args.json {
        return say(json!({"items": items, "next_cursor": null}));
    }
    if items.is_empty() {
        eprintln!("Nothing of the kind was done.");
        return Ok(());
    }
    say(format!("{:<24}  {:<24} {:<18} WHAT", "AT", "WHO", "FROM"))?;
    for item in &items {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let who = match item["who"]["name"].as_str() {
            Some(name) if item["who"]["kind"] == "key" => format!("key {name}"),
            Some(name) => name.to_owned(),
            None => text(&item["who"]["kind"]),
        };
        let (at, from) = (text(&item["at"]), text(&item["address"]));
        say(format!("{at:<24}  {who:<24} {from:<18} {}", text(&item["says"])))?;
    }
    Ok(())
}

/// Page by page, as many as are wanted.
async fn collect(client: &Client, args: &AuditArgs) -> Result<Vec<Value>, Failure> {
    let filters = [
        ("who", &args.who),
        ("action", &args.action),
        ("since", &args.since),
        ("until", &args.until),
    ];
    let mut query = String::new();
    for (name, value) in filters {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
    }
    let mut items = Vec::new();
    let mut cursor = String::new();
    while items.len() < args.limit {
        let limit = (args.limit - items.len()).min(500);
        let page = client.get(&format!("/api/v1/audit?limit={limit}{query}{cursor}")).await?;
        items.extend(page["items"].as_array().into_iter().flatten().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    Ok(items)
}
