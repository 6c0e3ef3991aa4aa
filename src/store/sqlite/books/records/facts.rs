//! Facts, as stored: what each entry says.

use rusqlite::{Connection, params};

use super::{damaged, from_json, to_json};
use crate::model::{BuildFact, EntryId, StateChange, StepFact, SubjectFact, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// What one fact says, as stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    Build(Box<BuildFact>),
    Step(Box<StepFact>),
    Subject(Box<SubjectFact>),
    Change(StateChange),
}

/// A stored fact with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRow {
    pub id: i64,
    pub entry: EntryId,
    pub build: Option<i64>,
    pub subject: Option<i64>,
    pub at: Option<Timestamp>,
    pub decoder: i64,
    pub says: Says,
}

impl Ledger<'_> {
    pub fn insert_fact(
        &self,
        entry: EntryId,
        build: Option<i64>,
        subject: Option<i64>,
        decoder: i64,
        says: &Says,
    ) -> Result<(), StoreError> {
        let (kind, at, text) = match says {
            Says::Build(fact) => ("build", fact.at, to_json(fact)?),
            Says::Step(fact) => ("step", fact.at, to_json(fact)?),
            Says::Subject(fact) => ("subject", fact.at, to_json(fact)?),
            Says::Change(change) => ("change", None, to_json(change)?),
        };
        self.transaction
            .prepare_cached(
                "insert into fact (entry, build, subject, kind, at, decoder, says)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![entry.0, build, subject, kind, at.map(|t| t.0), decoder, text])?;
        Ok(())
    }
}

impl Ledger<'_> {
    pub fn facts_of_build(&self, build: i64) -> Result<Vec<FactRow>, StoreError> {
        facts_of_build(self.transaction, build)
    }

    pub fn facts_of_subject(&self, subject: i64) -> Result<Vec<FactRow>, StoreError> {
        facts_of_subject(self.transaction, subject)
    }
}

fn says(kind: &str, text: &str) -> Result<Says, StoreError> {
    Ok(match kind {
        "build" => Says::Build(Box::new(from_json("fact", text)?)),
        "step" => Says::Step(Box::new(from_json("fact", text)?)),
        "subject" => Says::Subject(Box::new(from_json("fact", text)?)),
        "change" => Says::Change(from_json("fact", text)?),
        other => return Err(damaged("fact", format!("kind `{other}`"))),
    })
}

fn facts_where(
    connection: &Connection,
    condition: &str,
    id: i64,
) -> Result<Vec<FactRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select id, entry, build, subject, kind, at, decoder, says
           from fact
          where {condition} = ?1
          order by id"
    ))?;
    let mut rows = statement.query([id])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(4)?;
        let text: String = row.get(7)?;
        let id: i64 = row.get(0)?;
        let says = match says(&kind, &text) {
            Ok(says) => says,
            Err(error) => {
                // One damaged row must not keep the others from being read, or from being mended.
                tracing::warn!(fact.id = id, %error, "Passed over fact {id}, which cannot be read");
                continue;
            }
        };
        facts.push(FactRow {
            id,
            entry: EntryId(row.get(1)?),
            build: row.get(2)?,
            subject: row.get(3)?,
            at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            decoder: row.get(6)?,
            says,
        });
    }
    Ok(facts)
}

/// All facts of a build, in the order they were written.
pub fn facts_of_build(connection: &Connection, build: i64) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "build", build)
}

/// All facts of a subject, in the order they were written.
pub fn facts_of_subject(connection: &Connection, subject: i64) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "subject", subject)
}

/// All that one entry says.
pub fn facts_of_entry(connection: &Connection, entry: EntryId) -> Result<Vec<FactRow>, StoreError> {
    facts_where(connection, "entry", entry.0)
}
