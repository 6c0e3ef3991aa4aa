//! Facts, as stored: what each entry says.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::told::{CallRow, answers};
use super::{damaged, from_json, to_json};
use crate::model::{BuildFact, EntryId, StateChange, StepFact, SubjectFact, Timestamp, Told};
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

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactOrigin {
    Entry(EntryId),
    /// A question to the provider.
    Call(Arc<CallRow>),
}

/// A stored fact with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRow {
    /// Unique among the facts of its origin.
    pub id: i64,
    pub from: FactOrigin,
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
            from: FactOrigin::Entry(EntryId(row.get(1)?)),
            build: row.get(2)?,
            subject: row.get(3)?,
            at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            decoder: row.get(6)?,
            says,
        });
    }
    Ok(facts)
}

/// What the provider answered about a build, as facts.
pub fn facts_of_calls(connection: &Connection, build: i64) -> Result<Vec<FactRow>, StoreError> {
    let mut facts = Vec::new();
    for (call, told) in answers::<Told>(connection, build)? {
        let said = told.build.map(|fact| Says::Build(Box::new(fact))).into_iter();
        let said = said.chain(told.steps.into_iter().map(|fact| Says::Step(Box::new(fact))));
        for (id, says) in (0..).zip(said) {
            facts.push(FactRow {
                id,
                from: FactOrigin::Call(Arc::clone(&call)),
                build: Some(build),
                subject: None,
                at: Some(call.at),
                decoder: call.decoder,
                says,
            });
        }
    }
    Ok(facts)
}

/// All facts of a build that entries told, in the order they were written.
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
