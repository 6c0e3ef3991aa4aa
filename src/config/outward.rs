//! Settings of what goes out: receivers that get what was accepted, and a watcher that is told of life.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::Reader;
use super::values::{self, Problem};
use crate::secrets::Secret;

/// Name of the target of `[forward]` itself.
const UNNAMED: &str = "default";

/// A name stands in metrics and addresses.
const NAME_LENGTH_MAX: usize = 40;

/// With less a receiver that works before it answers could not; with more the next event waits too long.
const TIMEOUT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(2));

/// A watcher is told no more often and no more seldom.
const EVERY: (Duration, Duration) = (Duration::from_secs(10), Duration::from_hours(24));

/// A receiver that gets what was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    pub name: String,
    /// Its address. A secret, since a key may stand in it.
    pub url: Secret,
    /// Routes and channels it gets; empty: all.
    pub only: Vec<String>,
    pub timeout: Duration,
}

/// A watcher that is told, again and again, that events can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whoever knows it can keep the watcher quiet.
    pub url: Secret,
    pub every: Duration,
}

pub(super) fn forwards(reader: &Reader<'_>) -> Vec<Forward> {
    let names = names(reader);
    names.into_iter().filter_map(|(name, section)| forward(reader, &name, &section)).collect()
}

/// Name and section of each.
fn names(reader: &Reader<'_>) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    for full in reader.layers.0.keys() {
        let Some(rest) = full.strip_prefix("forward.") else { continue };
        match rest.split_once('.') {
            None => names.insert((UNNAMED.to_owned(), "forward".to_owned())),
            Some((name, _)) if !is_name(name) => {
                let problem = "its name has small letters, digits, - and _, at most 40";
                reader.refuse(full, problem);
                false
            }
            Some((UNNAMED, _)) => {
                reader.refuse(full, "this is the name of the one without a name: use [forward]");
                false
            }
            Some((name, _)) => names.insert((name.to_owned(), format!("forward.{name}"))),
        };
    }
    names
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    !name.is_empty() && name.len() <= NAME_LENGTH_MAX && name.chars().all(is_plain)
}

fn forward(reader: &Reader<'_>, name: &str, section: &str) -> Option<Forward> {
    let of = |member: &str| format!("{section}.{member}");
    let timeout = reader.value(&of("timeout"), |text| {
        let makes_sense = |wait: &Duration| (TIMEOUT.0..=TIMEOUT.1).contains(wait);
        values::sensible(
            values::duration(text)?,
            makes_sense,
            "an answer is waited for from 1s to 2m",
        )
    });
    let only = reader.optional(&of("only"), |text| {
        Ok(values::words(text).map(ToOwned::to_owned).collect::<Vec<_>>())
    });
    if !reader.layers.has(&of("url")) {
        let problem = format!("name the address of the receiver in {}", of("url"));
        for member in ["only", "timeout"] {
            reader.refuse(&of(member), &problem);
        }
        return None;
    }
    let url = reader.optional(&of("url"), receiver)?;
    Some(Forward { name: name.to_owned(), url, only: only.unwrap_or_default(), timeout })
}

pub(super) fn heartbeat(reader: &Reader<'_>) -> Option<Heartbeat> {
    let every = reader.value("heartbeat.every", |text| {
        let makes_sense = |pause: &Duration| (EVERY.0..=EVERY.1).contains(pause);
        values::sensible(values::duration(text)?, makes_sense, "a heartbeat comes every 10s to 24h")
    });
    if !reader.layers.has("heartbeat.url") {
        reader.refuse("heartbeat.every", "name the address of the watcher in heartbeat.url");
    }
    let url = reader.optional("heartbeat.url", |text| {
        outside(text)
            .map(|()| Secret::new(text))
            .ok_or_else(|| "it is written as https://hc-ping.com/your-id".to_owned())
    })?;
    Some(Heartbeat { url, every })
}

fn receiver(text: &str) -> Result<Secret, Problem> {
    // In the place of the path it stands for, and nowhere else.
    let written = text.replacen("{path}", "/", 1);
    match outside(&written).filter(|()| !written.contains(['{', '}'])) {
        Some(()) => Ok(Secret::new(text)),
        None => Err("it is written as http://127.0.0.1:4000/hooks/receive, or as \
                     http://127.0.0.1:4000{path} for the path that the sender used"
            .to_owned()),
    }
}

/// An address that requests can go to.
fn outside(text: &str) -> Option<()> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(())
}
