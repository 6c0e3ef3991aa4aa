//! What a provider answered, on its way into the records.

use std::collections::HashMap;

use super::Batch;
use crate::model::{StepFact, StepRef, SubjectFact, Timestamp, Told};
use crate::store::StoreError;
use crate::store::sqlite::books::records::NewAnswer;

/// When the steps of an answer are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workers) enum Steps {
    Now,
    /// Piece by piece, after this.
    Follow,
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
            Steps::Now => self.hear(build, told),
            Steps::Follow => {
                self.hear(build, &Told { build: told.build.clone(), steps: Vec::new() })
            }
        }
    }

    /// Keep what was answered about subjects of a source, and let them hear it.
    pub(in crate::workers) fn tell_subjects(
        &mut self,
        source: i64,
        answer: &NewAnswer<'_>,
        facts: &[SubjectFact],
    ) -> Result<(), StoreError> {
        // Of what tells no time of its own: when something of the same answer last happened.
        let latest = facts.iter().filter_map(SubjectFact::happened_at).max();
        for fact in facts {
            let id = self.subject(source, &fact.subject)?;
            if self.ledger.keep_told(id, answer, fact)? {
                // What is no longer said must go: only folding anew takes words back.
                self.stale_subjects.insert(id);
            }
            let at = fact.happened_at().or(latest).unwrap_or(Timestamp(i64::MIN));
            self.touch_subject(id, at)?.fold.absorb(fact);
        }
        Ok(())
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

/// Whether an answer takes nothing back of the one before it: it speaks of every step that was spoken of,
/// and of what had ended it says the same.
fn is_covered(before: &Told, now: &Told) -> bool {
    let steps: HashMap<&StepRef, &StepFact> =
        now.steps.iter().map(|fact| (&fact.step, fact)).collect();
    let says_again = |fact: &StepFact| {
        let Some(said) = steps.get(&fact.step) else { return false };
        // When it was asked is no word about the step.
        fact.result.is_none() || *fact == StepFact { at: fact.at, ..(*said).clone() }
    };
    before.steps.iter().all(says_again) && (before.build.is_none() || now.build.is_some())
}
