//! Logs, and where that of each step is.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::model::{AspectState, StepRef};
use crate::store::StoreError;

/// A log: whose it is, and what is here of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    pub public_id: String,
    /// Public id of its build.
    pub build: String,
    pub step: StepRef,
    pub state: AspectState,
    /// Of what is not done: a stable word, and a sentence.
    pub code: Option<String>,
    pub reason: Option<String>,
    pub lines: i64,
    pub bytes: i64,
    pub stored_bytes: i64,
    pub is_complete: bool,
    pub cut: Option<String>,
    /// Name of its file.
    pub file: Option<String>,
}

/// The log of a public id.
pub fn log_by_public_id(
    connection: &Connection,
    public_id: &str,
) -> Result<Option<LogRow>, StoreError> {
    let found = connection
        .prepare_cached(
            "select log.public_id, build.public_id, log.step, log.attempt, log.state, log.code,
                    log.reason, log.lines, log.bytes, log.stored_bytes, log.is_complete, log.cut,
                    log.file
               from log
               join build on build.id = log.build
              where log.public_id = ?1",
        )?
        .query_row([public_id], |row| {
            let state: String = row.get(4)?;
            let log = LogRow {
                public_id: row.get(0)?,
                build: row.get(1)?,
                step: StepRef { key: row.get(2)?, attempt: row.get(3)? },
                state: AspectState::Pending,
                code: row.get(5)?,
                reason: row.get(6)?,
                lines: row.get(7)?,
                bytes: row.get(8)?,
                stored_bytes: row.get(9)?,
                is_complete: row.get(10)?,
                cut: row.get(11)?,
                file: row.get(12)?,
            };
            Ok((state, log))
        })
        .optional()?;
    let Some((state, log)) = found else { return Ok(None) };
    let state = AspectState::parse(&state)
        .ok_or_else(|| StoreError::Row { table: "log", what: format!("state `{state}`") })?;
    Ok(Some(LogRow { state, ..log }))
}

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
