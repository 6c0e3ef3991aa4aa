//! What the books tell of senders: keys, tokens, sources, what was turned away or not understood.

use crate::config::Config;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::checkup::{
    RefusedSum, parked, refused_since, source_hours, tokens,
};
use crate::store::sqlite::books::keys::{KeyRow, keys};

use super::habit::{HOURS_BACK, Silence, silence};
use super::place::unreadable;
use super::tokens::of_access;
use super::{Finding, ago};

const DAY_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// A key or token that was not seen for this long is probably forgotten.
const UNUSED_MS: i64 = 30 * DAY_MS;

/// What could not be read is fresh for this long: then somebody should know.
const PARKED_FRESH_MS: i64 = 7 * DAY_MS;

/// A source with too little history to have a habit is asked after when it says nothing for a week.
const STRANGE_MS: i64 = 7 * DAY_MS;

/// A key that is used this long after it was refused is sent as it should be by now.
const MENDED_MS: i64 = 10 * 60_000;

/// Names told in one line.
const NAMES_MAX: usize = 5;

pub(super) fn examine(books: &Connection, config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let keys = match keys(books) {
        Ok(keys) => keys,
        Err(error) => {
            findings.push(unreadable("keys", &error));
            Vec::new()
        }
    };
    findings.extend(of_keys(&keys, config, now));
    let looks = [
        ("refused", of_refusals(books, &keys, now)),
        ("tokens", of_tokens(books, now)),
        ("access", of_access(books, now)),
        ("sources", of_sources(books, now)),
        ("parked", of_parked(books, now)),
    ];
    for (check, look) in looks {
        match look {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(unreadable(check, &error)),
        }
    }
    findings
}

fn of_keys(keys: &[KeyRow], config: &Config, now: Timestamp) -> Vec<Finding> {
    let check = "keys";
    let valid: Vec<&KeyRow> = keys.iter().filter(|key| key.revoked_at.is_none()).collect();
    if valid.is_empty() && config.guide_keys.is_empty() {
        let hint = "make one: creel key create --name azure --scope ingest";
        return vec![Finding::note(check, "there is no key: nobody can send", hint)];
    }
    let named = |chosen: &[&&KeyRow]| {
        let mut names: Vec<String> =
            chosen.iter().take(NAMES_MAX).map(|key| format!("{} ({})", key.name, key.id)).collect();
        if chosen.len() > NAMES_MAX {
            names.push(format!("{} more", chosen.len() - NAMES_MAX));
        }
        names.join(", ")
    };
    let is_old = |at: Timestamp| now.0 - at.0 > UNUSED_MS;
    let mut findings = Vec::new();
    let never: Vec<_> =
        valid.iter().filter(|key| key.last_used_at.is_none() && is_old(key.created_at)).collect();
    if !never.is_empty() {
        findings.push(Finding::note(
            check,
            format!("made more than 30 days ago and never used: {}", named(&never)),
            "revoke what nobody needs: creel key revoke ID",
        ));
    }
    let unused: Vec<_> = valid.iter().filter(|key| key.last_used_at.is_some_and(is_old)).collect();
    if !unused.is_empty() {
        findings.push(Finding::note(
            check,
            format!("not used for more than 30 days: {}", named(&unused)),
            "look whether its sender still sends; else revoke it: creel key revoke ID",
        ));
    }
    let in_addresses: Vec<_> =
        valid.iter().filter(|key| key.in_address_at.is_some_and(|at| !is_old(at))).collect();
    if !in_addresses.is_empty() {
        findings.push(Finding::note(
            check,
            format!("sent in addresses (?apiKey=) lately: {}", named(&in_addresses)),
            "addresses end up in the logs of proxies: send the key in a header, or as the password of \
             basic auth, where the sender can",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::well(
            check,
            format!("{} in use", valid.len() + config.guide_keys.len()),
        ));
    }
    findings
}

fn of_refusals(
    books: &Connection,
    keys: &[KeyRow],
    now: Timestamp,
) -> Result<Vec<Finding>, StoreError> {
    let check = "refused";
    let since = now.0.div_euclid(60_000) - 24 * 60;
    let refused = refused_since(books, since)?;
    if refused.is_empty() {
        return Ok(vec![Finding::well(check, "nobody was turned away in the last 24 hours")]);
    }
    let told = |sum: &RefusedSum| {
        format!(
            "{} requests ({}), the last {} from {}",
            sum.count,
            sum.code,
            ago(sum.last_at, now),
            if sum.address.is_empty() { "this machine" } else { &sum.address }
        )
    };
    let mut findings = Vec::new();
    for sum in &refused {
        // With a key of ours: somebody's events are being lost.
        let Some(id) = sum.key else { continue };
        let key = keys.iter().find(|key| key.id == id);
        let name = key.map_or_else(|| id.to_string(), |key| format!("{} ({id})", key.name));
        let says = format!("turned away with the key {name}: {}", told(sum));
        let used_at = key.and_then(|key| key.last_used_at);
        if used_at.is_some_and(|used_at| used_at.0 - sum.last_at.0 > MENDED_MS) {
            let hint = "it was used since then: it seems to be mended";
            findings.push(Finding::note(check, says, hint));
            continue;
        }
        let hint = match sum.code.as_str() {
            "key_revoked" => "its sender still uses it: give it another key, or end that sender",
            "scope_missing" => "give the sender a key with scope `ingest`",
            "network_not_allowed" => "widen the key's networks, or make one for that place",
            "not_found" => "the sender's address has a typing error: correct it there",
            _ => "see Sources in the pages, or GET /api/v1/refusals",
        };
        findings.push(Finding::trouble(check, says, hint));
    }
    let strangers: Vec<&RefusedSum> = refused.iter().filter(|sum| sum.key.is_none()).collect();
    if let Some(most) = strangers.first() {
        let count: i64 = strangers.iter().map(|sum| sum.count).sum();
        findings.push(Finding::note(
            check,
            format!("{count} requests without a key of ours; most: {}", told(most)),
            "if that is a sender of yours, its key is wrong: see Sources in the pages",
        ));
    }
    Ok(findings)
}

fn of_tokens(books: &Connection, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let check = "tokens";
    let tokens = tokens(books)?;
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let mut findings: Vec<Finding> = tokens
        .iter()
        .filter(|token| now.0 - token.last_seen_at.0 > UNUSED_MS)
        .map(|token| {
            let provider = token.provider.as_str();
            let seen = ago(token.last_seen_at, now);
            Finding::note(
                check,
                format!("the {provider} token {} came last {seen}", token.fingerprint),
                "it may be replaced or no longer valid; its provider lists it with its last use",
            )
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::well(check, format!("{} provider tokens in use", tokens.len())));
    }
    Ok(findings)
}

fn of_sources(books: &Connection, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let check = "sources";
    let sources = source_hours(books, now.hour() - HOURS_BACK)?;
    let mut findings = Vec::new();
    for source in &sources {
        let name = source.name.as_deref().unwrap_or("a source without a name");
        let name = format!("{name} ({})", source.provider.as_str());
        let last = ago(source.last_event_at, now);
        match silence(&source.hours, now.hour()) {
            Silence::Usual => {}
            Silence::Unusual { hours, longest_before } => findings.push(Finding::trouble(
                check,
                format!(
                    "{name} has said nothing for {hours} hours; its longest silence in four weeks was \
                     {longest_before} (last event {last})"
                ),
                "look at the hooks in the provider's own settings: a disabled one shows there",
            )),
            Silence::Unknown if now.0 - source.last_event_at.0 > STRANGE_MS => {
                findings.push(Finding::note(
                    check,
                    format!("{name} was last heard {last}"),
                    "if it is still in use, look at the hooks in the provider's own settings",
                ));
            }
            Silence::Unknown => {}
        }
    }
    if findings.is_empty() {
        let says = match sources.len() {
            0 => "none has sent anything yet".to_owned(),
            count => format!("{count} are heard as they use to be"),
        };
        findings.push(Finding::well(check, says));
    }
    Ok(findings)
}

fn of_parked(books: &Connection, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let check = "parked";
    let Some(parked) = parked(books)? else {
        return Ok(vec![Finding::well(check, "everything that came was read")]);
    };
    let says = format!(
        "{} events could not be read; the newest is entry {}, {}: {}",
        parked.count,
        parked.newest,
        ago(parked.newest_at, now),
        parked.reason.as_deref().unwrap_or("no reason was kept")
    );
    let hint = format!("creel events show {}", parked.newest);
    Ok(vec![match now.0 - parked.newest_at.0 <= PARKED_FRESH_MS {
        true => Finding::trouble(check, says, hint),
        false => Finding::note(check, says, hint),
    }])
}
