//! Where the log of each step is.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::model::StepRef;
use crate::store::StoreError;

/// Where to read what a step has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    /// Public id of the log.
    pub log: String,
    /// Its first line there, and how many there are; not known until the log is here.
    pub from: Option<i64>,
    pub lines: Option<i64>,
}

/// A part of a log that is a step's own: `[step key, attempt, first line, lines]`.
pub type LogPart = (String, u32, i64, i64);

/// The logs of a build, step by step.
pub fn log_places(
    connection: &Connection,
    build: i64,
) -> Result<HashMap<StepRef, LogPlace>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select public_id, step, attempt, state, lines, parts
           from log
          where build = ?1",
    )?;
    let mut rows = statement.query([build])?;
    let mut places = HashMap::new();
    while let Some(row) = rows.next()? {
        let log: String = row.get(0)?;
        let is_here = row.get_ref(3)?.as_str().is_ok_and(|state| state == "done");
        let lines: i64 = row.get(4)?;
        let step = StepRef { key: row.get(1)?, attempt: row.get(2)? };
        let whole = LogPlace {
            log: log.clone(),
            from: is_here.then_some(1),
            lines: is_here.then_some(lines),
        };
        places.insert(step, whole);
        let parts: Option<String> = row.get(5)?;
        let parts: Vec<LogPart> =
            parts.and_then(|parts| serde_json::from_str(&parts).ok()).unwrap_or_default();
        for (key, attempt, from, lines) in parts {
            let place = LogPlace {
                log: log.clone(),
                from: is_here.then_some(from),
                lines: is_here.then_some(lines),
            };
            places.insert(StepRef { key, attempt }, place);
        }
    }
    Ok(places)
}
