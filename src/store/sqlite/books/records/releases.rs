//! Releases to ask about.

use rusqlite::{Connection, OptionalExtension, params};

use super::damaged;
use crate::model::{Errand, ErrandKind, KeyId, Provider, Rank, SubjectKind, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Releases and deployments that are looked at for releases to ask about when a token is given.
const HISTORY_MAX: i64 = 500;

/// What asking needs to know of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRelease {
    /// Its GUID where it is known, else its name.
    pub project: String,
    /// When something was last told of it or of one of its deployments.
    pub last_at: Timestamp,
}

/// The release that a subject is, or is a deployment of: `95` of `95` and of `95/530`.
#[must_use]
pub fn release_key(kind: SubjectKind, key: &str) -> Option<&str> {
    match kind {
        SubjectKind::Release => Some(key),
        SubjectKind::Deployment => key.split_once('/').map(|(release, _)| release),
        _ => None,
    }
}

/// What asking needs to know of a release; `None` where nothing tells its project.
pub fn asked_release(
    connection: &Connection,
    source: i64,
    key: &str,
) -> Result<Option<AskedRelease>, StoreError> {
    // Keys of its deployments begin with its own and a slash, which 0 follows on.
    let mut statement = connection.prepare_cached(
        "select project, last_event_at
           from subject
          where source = ?1 and kind = 'release' and key = ?2
          union all
         select project, last_event_at
           from subject
          where source = ?1 and kind = 'deployment' and key > ?2 || '/' and key < ?2 || '0'
          order by 2 desc",
    )?;
    let mut rows = statement.query(params![source, key])?;
    let mut last_at = None;
    let mut project: Option<String> = None;
    while let Some(row) = rows.next()? {
        last_at = last_at.or(Some(Timestamp(row.get(1)?)));
        project = project.or(row.get(0)?);
    }
    let (Some(last_at), Some(project)) = (last_at, project) else { return Ok(None) };
    let guid: Option<String> = connection
        .prepare_cached(
            "select guid
               from project
              where source = ?1 and name = ?2
              order by said_at desc
              limit 1",
        )?
        .query_row(params![source, project], |row| row.get(0))
        .optional()?;
    Ok(Some(AskedRelease { project: guid.unwrap_or(project), last_at }))
}

impl Ledger<'_> {
    /// A delivery told of a release: it is to be asked about.
    pub fn want_release(
        &self,
        source: i64,
        release: &str,
        delivered_with: KeyId,
        rank: Rank,
        due_at: Timestamp,
    ) -> Result<(), StoreError> {
        let what = release.to_owned();
        let errand = Errand { what, ..Errand::new(ErrandKind::Release, rank, due_at) };
        self.want(source, None, delivered_with, &errand)
    }

    /// Somebody has given a token: the releases that were told of lately are asked about.
    pub(super) fn want_releases_since(
        &self,
        provider: Provider,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut lately = self.transaction.prepare_cached(
            "select subject.source, subject.kind, subject.key
               from subject
               join source on source.id = subject.source
              where subject.kind in ('release', 'deployment') and subject.last_event_at > ?2
                and source.provider = ?1
                and not exists (select 1
                                  from source_api_key used
                                  join sample on sample.key_id = used.key_id
                                 where used.source = source.id)
              order by subject.last_event_at desc
              limit ?3",
        )?;
        let mut rows = lately.query(params![provider.as_str(), since.0, HISTORY_MAX])?;
        let mut found: Vec<(i64, String)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, key): (String, String) = (row.get(1)?, row.get(2)?);
            let kind = SubjectKind::parse(&kind).ok_or_else(|| damaged("subject", &kind))?;
            let source: i64 = row.get(0)?;
            found.extend(release_key(kind, &key).map(|release| (source, release.to_owned())));
        }
        found.sort_unstable();
        found.dedup();
        for (source, release) in found {
            self.want_release(source, &release, KeyId::NONE, Rank::History, now)?;
        }
        Ok(())
    }
}
