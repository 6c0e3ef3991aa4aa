//! What the providers answered: the last answer of each kind for a build, replaced as a whole.

use std::io::Read;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::damaged;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Effort of compressing answers: they are written once and read when somebody looks.
const LEVEL: i32 = 3;

/// Largest answer that is unpacked: a damaged row must not claim all memory.
const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

/// What was asked, and when that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Unique among all answers that are kept.
    pub id: i64,
    /// Which kind of answer: `build`, `timeline`, `jobs`, `changes`.
    pub name: String,
    pub at: Timestamp,
    /// `GET /build/builds/4211/timeline`
    pub call: String,
    pub decoder: i64,
}

/// An answer to be kept.
#[derive(Debug)]
pub struct NewAnswer<'a> {
    pub name: &'a str,
    pub at: Timestamp,
    pub call: &'a str,
    pub decoder: i64,
}

impl Ledger<'_> {
    /// Whether an answer of that name is kept.
    pub fn has_answer(&self, build: i64, name: &str) -> Result<bool, StoreError> {
        has_answer(self.transaction, build, name)
    }

    /// Keep an answer in place of the one of that name before.
    pub fn keep_answer<T: Serialize>(
        &self,
        build: i64,
        answer: &NewAnswer<'_>,
        says: &T,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_vec(says).map_err(|error| damaged("api_set", error))?;
        let packed = zstd::bulk::compress(&json, LEVEL).map_err(|e| damaged("api_set", e))?;
        self.transaction
            .prepare_cached(
                "insert into api_set (build, name, at, call, decoder, says)
                 values (?1, ?2, ?3, ?4, ?5, ?6)
                 on conflict (build, name) do update
                    set at = excluded.at, call = excluded.call, decoder = excluded.decoder,
                        says = excluded.says",
            )?
            .execute(params![
                build,
                answer.name,
                answer.at.0,
                answer.call,
                answer.decoder,
                packed
            ])?;
        Ok(())
    }

    /// Forget what was told of a build on being asked, and what was still to be asked.
    pub fn forget_told(&self, build: i64) -> Result<(), StoreError> {
        for sql in [
            "delete from api_set where build = ?1",
            "delete from enrichment where build = ?1",
            "delete from errand where build = ?1 and build <> 0",
            "delete from log where build = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([build])?;
        }
        Ok(())
    }

    pub fn answer<T: DeserializeOwned>(
        &self,
        build: i64,
        name: &str,
    ) -> Result<Option<(CallRow, T)>, StoreError> {
        answer(self.transaction, build, name)
    }

    /// All answers of a build that hold facts, as `T`.
    pub fn answers<T: DeserializeOwned>(
        &self,
        build: i64,
    ) -> Result<Vec<(Arc<CallRow>, T)>, StoreError> {
        answers(self.transaction, build)
    }
}

/// The names of answers that hold facts of a build and its steps, by their beginning.
const OF_FACTS: [&str; 3] = ["build", "timeline", "jobs"];

/// Whether an answer of that name is kept.
pub fn has_answer(connection: &Connection, build: i64, name: &str) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("select 1 from api_set where build = ?1 and name = ?2")?
        .exists(params![build, name])?)
}

/// The answer of a name for a build.
pub fn answer<T: DeserializeOwned>(
    connection: &Connection,
    build: i64,
    name: &str,
) -> Result<Option<(CallRow, T)>, StoreError> {
    let found: Option<(CallRow, Vec<u8>)> = connection
        .prepare_cached(
            "select id, name, at, call, decoder, says
               from api_set
              where build = ?1 and name = ?2",
        )?
        .query_row(params![build, name], with_says)
        .optional()?;
    found.map(|(row, says)| Ok((row, unpacked(&says)?))).transpose()
}

/// All answers of a build that hold facts, oldest first.
pub fn answers<T: DeserializeOwned>(
    connection: &Connection,
    build: i64,
) -> Result<Vec<(Arc<CallRow>, T)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, name, at, call, decoder, says
           from api_set
          where build = ?1
          order by at, id",
    )?;
    let mut rows = statement.query([build])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (call, says) = with_says(row)?;
        let kind = call.name.split(':').next().unwrap_or_default();
        if !OF_FACTS.contains(&kind) {
            continue;
        }
        match unpacked(&says) {
            Ok(says) => found.push((Arc::new(call), says)),
            // One damaged row must not keep the others from being read: it can be asked again.
            Err(error) => {
                tracing::warn!(build, %error, "Passed over an answer that cannot be read");
            }
        }
    }
    Ok(found)
}

fn with_says(row: &rusqlite::Row<'_>) -> Result<(CallRow, Vec<u8>), rusqlite::Error> {
    let call = CallRow {
        id: row.get(0)?,
        name: row.get(1)?,
        at: Timestamp(row.get(2)?),
        call: row.get(3)?,
        decoder: row.get(4)?,
    };
    Ok((call, row.get(5)?))
}

fn unpacked<T: DeserializeOwned>(says: &[u8]) -> Result<T, StoreError> {
    let decoder = zstd::stream::read::Decoder::new(says).map_err(|e| damaged("api_set", e))?;
    let reader = std::io::BufReader::new(decoder.take(UNPACKED_MAX));
    serde_json::from_reader(reader).map_err(|error| damaged("api_set", error))
}
