//! `creel events`: the journal, on the command line.

mod export;
mod import;

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::http::owner::{Client, Method};
use crate::workers::processor::Processor;

use crate::store::StoreError;

use super::{DataArgs, Failure, say};

/// List, show, follow, read again and carry elsewhere what was received
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    List(ListArgs),
    Show(ShowArgs),
    Replay(ReplayArgs),
    Tail(TailArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
}

/// Which events.
#[derive(Debug, Clone, Args)]
pub struct Filter {
    /// Provider's event type, for example build.complete
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// done or parked; when listing also pending
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
}

/// List events, newest first
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    filter: Filter,
    /// Our kind of event, for example build.finished
    #[arg(long)]
    kind: Option<String>,
    /// Name of the source
    #[arg(long)]
    source: Option<String>,
    /// Received at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Received before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Show one event: headers, body, what was made of it
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Number of the entry
    entry: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Read stored events again, to rebuild what they made
///
/// Nothing is sent anywhere: records are taken back and folded anew from what the present decoder
/// reads. Without a filter, all events are read again.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Only this entry
    #[arg(conflicts_with_all = ["type_name", "status", "decoder_below"])]
    entry: Option<i64>,
    /// First entry
    #[arg(long, value_name = "ENTRY", conflicts_with = "entry")]
    from: Option<i64>,
    /// Last entry
    #[arg(long, value_name = "ENTRY", conflicts_with = "entry")]
    to: Option<i64>,
    #[command(flatten)]
    filter: Filter,
    /// Only events that a decoder older than this has read
    #[arg(long, value_name = "VERSION")]
    decoder_below: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Follow events as they are read
#[derive(Debug, Args)]
pub struct TailArgs {
    /// Print JSON, one event per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(command: EventsCommand) -> Result<(), Failure> {
    match command {
        EventsCommand::List(args) => list(args).await,
        EventsCommand::Show(args) => show(args).await,
        EventsCommand::Replay(args) => replay(args).await,
        EventsCommand::Tail(args) => tail(args).await,
        EventsCommand::Export(args) => export::run(args).await,
        EventsCommand::Import(args) => import::run(args).await,
    }
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let mut query = format!("limit={}", args.limit);
    let parameters = [
        ("type", &args.filter.type_name),
        ("status", &args.filter.status),
        ("kind", &args.kind),
        ("source", &args.source),
        ("since", &args.since),
        ("until", &args.until),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            query.push_str(&format!("&{name}={value}"));
        }
    }
    let client = Client::open(args.data.load()?).await?;
    let events = client.get(&format!("/api/v1/events?{query}")).await;
    client.close().await?;
    let events = events?;
    if args.json {
        return say(events);
    }
    say(HEADING)?;
    for event in events["items"].as_array().into_iter().flatten() {
        say(line(event))?;
    }
    if !events["next_cursor"].is_null() {
        eprintln!("There are more; raise --limit or set --until.");
    }
    Ok(())
}

const HEADING: &str = "   ENTRY  RECEIVED                  STATUS   ANSWER   SOURCE           KIND                    TYPE";

fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
    let mut line = format!(
        "{:>8}  {:<25} {:<8} {:<8} {:<16} {:<23} {}",
        event["entry_id"].to_string(),
        text("received_at"),
        text("status"),
        text("answer"),
        text("source"),
        text("kind"),
        text("type"),
    );
    if text("status") == "parked" {
        line.push_str(&format!("\n          {}", text("reason")));
    }
    line
}

async fn show(args: ShowArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let event = client.text(&format!("/api/v1/events/{}", args.entry)).await;
    client.close().await?;
    let event = event?;
    if args.json {
        return say(event);
    }
    say(indented(&event))
}

/// JSON with a line per member, each name, text and number as it was written.
fn indented(json: &str) -> String {
    let mut lines = String::with_capacity(json.len() * 2);
    let (mut depth, mut is_text, mut is_escaped, mut just_opened) = (0_usize, false, false, false);
    let new_line = |lines: &mut String, depth: usize| {
        lines.push('\n');
        lines.push_str(&"  ".repeat(depth));
    };
    for c in json.chars() {
        if is_text {
            lines.push(c);
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if just_opened != closes {
            new_line(&mut lines, depth);
        }
        just_opened = matches!(c, '{' | '[');
        lines.push(c);
        match c {
            '{' | '[' => depth += 1,
            ',' => new_line(&mut lines, depth),
            ':' => lines.push(' '),
            '"' => is_text = true,
            _ => {}
        }
    }
    lines
}

async fn replay(args: ReplayArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let (path, request) = match args.entry {
        Some(entry) => (format!("/api/v1/events/{entry}/replay"), None),
        None => (
            "/api/v1/events/replay".to_owned(),
            Some(json!({
                "from": args.from,
                "to": args.to,
                "type": args.filter.type_name,
                "status": args.filter.status,
                "decoder_below": args.decoder_below,
            })),
        ),
    };
    let queued = client.json(Method::POST, &path, request.as_ref()).await?;
    read_here(&client).await?;
    let running = matches!(client, Client::Running(_));
    client.close().await?;
    if args.json {
        return say(queued);
    }
    let (count, words) = (&queued["queued"], if running { "are being" } else { "were" });
    eprintln!("{count} events {words} read again.");
    if let Some(gone) = queued["gone"].as_u64().filter(|gone| *gone > 0) {
        eprintln!(
            "{gone} others stay as they were read: their bodies are no longer kept (retention.bodies)."
        );
    }
    Ok(())
}

/// Have what waits read where no server will do it later.
async fn read_here(client: &Client) -> Result<(), Failure> {
    let Client::Direct { hub, .. } = client else { return Ok(()) };
    let processor = Processor::of(hub);
    let work = move || -> Result<(), StoreError> {
        while !processor.step()?.idle() {}
        Ok(())
    };
    tokio::task::spawn_blocking(work).await.map_err(Failure::new)?.map_err(Failure::new)
}

async fn tail(args: TailArgs) -> Result<(), Failure> {
    let client = Client::open(args.data.load()?).await?;
    let newest = client.get("/api/v1/events?limit=1").await?;
    let mut newest = newest["items"][0]["entry_id"].as_i64().unwrap_or(0);
    if !args.json {
        say(HEADING)?;
    }
    client
        .follow("/api/v1/live", async |change| -> Result<(), Failure> {
            let entries = match (change["kind"].as_str(), change["id"].as_i64()) {
                (Some("event"), Some(entry)) => vec![entry],
                // Many at once come without their ids. Without a kind it says to look at everything
                // again, since some changes were missed.
                (Some("event") | None, _) => entries_after(&client, newest).await?,
                (Some(_), _) => Vec::new(),
            };
            for entry in entries {
                let event = client.text(&format!("/api/v1/events/{entry}")).await?;
                match args.json {
                    true => say(event)?,
                    false if entry > newest => say(line(&head(&event)?))?,
                    false => say(format!("{}  (sent or read again)", line(&head(&event)?)))?,
                }
                newest = newest.max(entry);
            }
            Ok(())
        })
        .await
}

/// The members of an event but for its body, which may hold what no JSON reader takes.
fn head(event: &str) -> Result<Value, Failure> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(event).map_err(Failure::new)?;
    let members = members.into_iter().filter(|(name, _)| name != "body");
    let members: Result<_, _> =
        members.map(|(name, raw)| Ok((name, serde_json::from_str(raw.get())?))).collect();
    members.map(Value::Object).map_err(|error: serde_json::Error| Failure::new(error))
}

/// Events that are caught up with at once, at most.
const CAUGHT_UP_MAX: usize = 1_000;

/// What has come after an entry, oldest first; of very many the newest.
async fn entries_after(client: &Client, entry: i64) -> Result<Vec<i64>, Failure> {
    let mut found: Vec<i64> = Vec::new();
    let mut path = "/api/v1/events?limit=200".to_owned();
    'pages: loop {
        let page = client.get(&path).await?;
        let items = page["items"].as_array().into_iter().flatten();
        for newer in items.filter_map(|event| event["entry_id"].as_i64()) {
            if newer <= entry {
                break 'pages;
            }
            if found.len() == CAUGHT_UP_MAX {
                eprintln!("(more came at once than is shown here; see `creel events list`)");
                break 'pages;
            }
            found.push(newer);
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/events?limit=200&cursor={cursor}");
    }
    found.reverse();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_no_reader_takes_hides_nothing_else() {
        let event = r#"{"entry_id":7,"status":"done","body":{"u":"\ud800"},"headers":{}}"#;
        assert!(serde_json::from_str::<Value>(event).is_err());
        let head = head(event).unwrap();
        assert_eq!((&head["entry_id"], &head["status"]), (&json!(7), &json!("done")));
    }

    #[test]
    fn an_event_is_laid_out_and_nothing_in_it_changes() {
        let json = r#"{"a":[],"a":{},"big":1234567890123456789012.00,"text":"\"{,:\\","list":[1,{"b":null}]}"#;
        let lines = indented(json);
        assert_eq!(
            lines,
            r#"{
  "a": [],
  "a": {},
  "big": 1234567890123456789012.00,
  "text": "\"{,:\\",
  "list": [
    1,
    {
      "b": null
    }
  ]
}"#
        );
        assert_eq!(indented(&lines), lines, "blanks between are not its own");
    }
}
