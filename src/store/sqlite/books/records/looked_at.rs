//! What somebody looks at is asked for sooner: looking is a wish that nobody has to put in words.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Errand, ErrandKind, Rank, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// How often a log that goes on is fetched while somebody reads it. All of it comes each time, so one
/// that is long comes less often: a second more for each MiB.
const FOLLOWED_EVERY: Duration = Duration::from_secs(10);
const BYTES_PER_SECOND: u64 = 1 << 20;

/// A log that there is more of than is here, and that nobody fetches soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    source: i64,
    build: i64,
    provider_key: String,
    due_at: Timestamp,
}

/// Whether a log that is looked at is to be fetched for that.
pub fn unread(
    connection: &Connection,
    public_id: &str,
    now: Timestamp,
) -> Result<Option<Unread>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select build.source, log.build, log.provider_key, log.bytes,
                    iif(log.file is null and log.code is null, null, log.at)
               from log
               join build on build.id = log.build
              where log.public_id = ?1
                and (log.state = 'pending'
                     or log.state = 'done' and not log.is_complete and log.cut is null)
                and not exists (select 1
                                  from errand
                                 where errand.source = build.source and errand.build = build.id
                                   and errand.kind = ?2 and errand.what = log.provider_key
                                   and errand.rank <= ?3)",
        )?
        .query_row(params![public_id, ErrandKind::Log.as_str(), Rank::Wish as i64], |row| {
            let bytes: u64 = row.get::<_, i64>(3)?.unsigned_abs();
            let pause = FOLLOWED_EVERY + Duration::from_secs(bytes / BYTES_PER_SECOND);
            let tried_at: Option<i64> = row.get(4)?;
            Ok(Unread {
                source: row.get(0)?,
                build: row.get(1)?,
                provider_key: row.get(2)?,
                due_at: tried_at.map_or(now, |at| Timestamp(at).plus(pause).max(now)),
            })
        })
        .optional()?)
}

/// Whether errands about a build wait that go before others once somebody looks at it.
pub fn waits_unseen(connection: &Connection, build: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "select exists (select 1
                              from errand
                             where build = ?1 and kind <> ?2 and rank > ?3)",
        )?
        .query_row(params![build, ErrandKind::Log.as_str(), Rank::Running as i64], |row| {
            row.get(0)
        })?)
}

impl Ledger<'_> {
    /// Somebody reads a log of which there is more.
    pub fn want_unread(&self, log: &Unread) -> Result<(), StoreError> {
        let key = self.key_of_source(log.source)?;
        let what = log.provider_key.clone();
        let fetch = Errand { what, ..Errand::new(ErrandKind::Log, Rank::Wish, log.due_at) };
        self.want_too(log.source, log.build, key, &fetch)
    }

    /// Somebody looks at a build: what it is made of is asked for as if it went on. Its logs are not:
    /// there can be thousands, and each is looked at by itself.
    pub fn looked_at(&self, build: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update errand
                    set rank = ?3
                  where build = ?1 and kind <> ?2 and rank > ?3",
            )?
            .execute(params![build, ErrandKind::Log.as_str(), Rank::Running as i64])?;
        Ok(())
    }
}
