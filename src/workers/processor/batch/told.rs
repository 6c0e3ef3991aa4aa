//! What a provider answered, on its way into the records.

use std::collections::HashSet;

use super::Batch;
use crate::model::{StepRef, Told};
use crate::store::StoreError;
use crate::store::sqlite::books::records::NewAnswer;

/// Whether the steps of an answer still have to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workers) enum Steps {
    New,
    /// Heard already, piece by piece.
    Heard,
}

impl Batch<'_> {
    /// Keep an answer in place of the last one of its name, and let the build hear it. The build is
    /// there.
    pub(in crate::workers) fn tell(
        &mut self,
        build: i64,
        answer: &NewAnswer<'_>,
        told: &Told,
        steps: Steps,
    ) -> Result<(), StoreError> {
        let before = self.ledger.answer::<Told>(build, answer.name)?;
        self.ledger.keep_answer(build, answer, told)?;
        if let Some((_, before)) = before
            && !is_covered(&before, told)
        {
            // What is no longer said must go: only folding anew takes words back.
            self.stale_builds.insert(build);
            return Ok(());
        }
        match steps {
            Steps::New => self.hear(build, told),
            Steps::Heard => {
                self.hear(build, &Told { build: told.build.clone(), steps: Vec::new() })
            }
        }
    }

    /// Let the build and its steps hear a part of an answer.
    pub(in crate::workers) fn hear(&mut self, build: i64, told: &Told) -> Result<(), StoreError> {
        if let Some(fact) = &told.build {
            let source = self.open_build(build)?.source;
            if let Some(said) = &fact.pipeline {
                self.pipeline(source, said, fact.at)?;
            }
            if let (Some(guid), Some(name)) = (&fact.project_id, &fact.project) {
                self.project(source, guid, name, fact.at)?;
            }
            self.open_build(build)?.fold.absorb(fact);
        }
        for fact in &told.steps {
            self.hear_step(build, fact)?;
        }
        // Also where it said nothing new: the page shows when it was asked.
        self.open_build(build)?;
        Ok(())
    }
}

/// Whether an answer speaks of everything that the one before it spoke of.
fn is_covered(before: &Told, now: &Told) -> bool {
    let steps: HashSet<&StepRef> = now.steps.iter().map(|fact| &fact.step).collect();
    before.steps.iter().all(|fact| steps.contains(&fact.step))
        && (before.build.is_none() || now.build.is_some())
}
