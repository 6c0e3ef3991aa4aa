//! Rows of pull requests, work items and all that is no build.

use rusqlite::{OptionalExtension, params};

use super::{NewAnswer, from_json, to_json};
use crate::model::{
    CommitNo, Provider, SourceKey, SourceScheme, SubjectFact, SubjectFold, SubjectRecord,
    SubjectRef, Timestamp,
};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

impl Ledger<'_> {
    /// Find a subject or make it.
    pub fn subject(&self, source: i64, subject: &SubjectRef) -> Result<i64, StoreError> {
        let found: Option<i64> = self
            .transaction
            .prepare_cached("select id from subject where source = ?1 and kind = ?2 and key = ?3")?
            .query_row(params![source, subject.kind.as_str(), subject.key], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        let (provider, word) = self.identity_of(source)?;
        let public_key = public_key(provider, &word, subject.kind.as_str(), &subject.key);
        self.transaction
            .prepare_cached(
                "insert into subject (source, kind, key, public_key, last_event_at, fold, version)
                 values (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            )?
            .execute(params![
                source,
                subject.kind.as_str(),
                subject.key,
                public_key,
                i64::MIN,
                to_json(&SubjectFold::default())?,
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    pub fn open_subject(&self, subject: i64) -> Result<(SubjectFold, Timestamp), StoreError> {
        let (fold, at): (String, i64) = self
            .transaction
            .prepare_cached("select fold, last_event_at from subject where id = ?1")?
            .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((from_json("subject", &fold)?, Timestamp(at)))
    }

    pub fn save_subject(
        &self,
        subject: i64,
        fold: &SubjectFold,
        record: &SubjectRecord,
        last_event_at: Timestamp,
        version: CommitNo,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update subject
                    set title = ?2, state = ?3, project = ?4, url = ?5, last_event_at = ?6,
                        fold = ?7, version = ?8, deployment = ?9
                  where id = ?1",
            )?
            .execute(params![
                subject,
                record.title,
                record.state,
                record.project,
                record.url,
                last_event_at.0,
                to_json(fold)?,
                version.0,
                record.deployment.as_ref().map(to_json).transpose()?,
            ])?;
        Ok(())
    }

    /// Let the public key follow from the word that the source is known by; the one it had leads
    /// here from then on.
    pub(in crate::store::sqlite::books) fn settle_public_key(
        &self,
        subject: i64,
    ) -> Result<(), StoreError> {
        let (source, kind, key, held): (i64, String, String, String) = self
            .transaction
            .prepare_cached("select source, kind, key, public_key from subject where id = ?1")?
            .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let (provider, word) = self.identity_of(source)?;
        let settled = public_key(provider, &word, &kind, &key);
        if held == settled {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into subject_alias (public_key, subject)
                 values (?1, ?2)
                 on conflict (public_key) do update set subject = excluded.subject",
            )?
            .execute(params![held, subject])?;
        self.transaction
            .prepare_cached("delete from subject_alias where public_key = ?1")?
            .execute([&settled])?;
        self.transaction
            .prepare_cached("update subject set public_key = ?2 where id = ?1")?
            .execute(params![subject, settled])?;
        Ok(())
    }

    /// Remove a subject that no fact speaks of any more.
    pub fn delete_subject(&self, subject: i64) -> Result<(), StoreError> {
        for sql in [
            "delete from subject_alias where subject = ?1",
            "delete from subject_told where subject = ?1",
            "update event set subject = null where subject = ?1",
            "delete from subject where id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([subject])?;
        }
        Ok(())
    }

    /// Keep what the provider told of a subject in place of what it told before; tells whether it had.
    pub fn keep_told(
        &self,
        subject: i64,
        answer: &NewAnswer<'_>,
        says: &SubjectFact,
    ) -> Result<bool, StoreError> {
        let had = self
            .transaction
            .prepare_cached("select 1 from subject_told where subject = ?1")?
            .exists([subject])?;
        self.transaction
            .prepare_cached(
                "insert into subject_told (subject, at, call, decoder, says)
                 values (?1, ?2, ?3, ?4, ?5)
                 on conflict (subject) do update
                    set at = excluded.at, call = excluded.call, decoder = excluded.decoder,
                        says = excluded.says",
            )?
            .execute(params![subject, answer.at.0, answer.call, answer.decoder, to_json(says)?])?;
        Ok(had)
    }

    /// What the provider told of a subject when it was asked last.
    pub fn told_of_subject(&self, subject: i64) -> Result<Option<SubjectFact>, StoreError> {
        let says: Option<String> = self
            .transaction
            .prepare_cached("select says from subject_told where subject = ?1")?
            .query_row([subject], |row| row.get(0))
            .optional()?;
        says.map(|says| from_json("subject_told", &says)).transpose()
    }

    /// Time of the newest event that is about a subject, or brought a fact about it.
    pub fn last_event_of_subject(&self, subject: i64) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = self
            .transaction
            .prepare_cached(
                "select max(coalesce(at, received_at))
                   from event
                  where subject = ?1
                     or entry in (select entry from fact where subject = ?1)",
            )?
            .query_row([subject], |row| row.get(0))?;
        Ok(at.map(Timestamp))
    }
}

/// Address of a subject: readable, and unique over sources.
fn public_key(provider: Provider, source: &SourceKey, kind: &str, key: &str) -> String {
    // The strongest word of a provider's sources stands alone; no other can be taken for it.
    let strongest = match provider {
        Provider::AzureDevops => SourceScheme::Collection,
        _ => SourceScheme::Name,
    };
    let word = source.key.replace('%', "%25").replace(':', "%3A");
    let scheme = source.scheme.as_str();
    let source = if source.scheme == strongest { word } else { format!("{scheme}={word}") };
    format!("{}:{source}:{kind}:{key}", provider.as_str())
}
