//! From folds in memory to rows: each record once per batch, and those whose facts were taken back
//! folded anew.

use std::collections::BTreeMap;

use super::{Batch, OpenBuild};
use crate::live::Change;
use crate::model::{
    BuildFold, PipelineSaid, StepFold, SubjectFact, SubjectFold, Timestamp, Told, summarise,
};
use crate::store::StoreError;
use crate::store::sqlite::books::records::{SavedBuild, Says};

impl Batch<'_> {
    /// Write everything; returns what changed.
    pub(in crate::workers) fn finish(mut self) -> Result<Vec<Change>, StoreError> {
        self.write_out()?;
        for build in std::mem::take(&mut self.stale_builds) {
            self.fold_build_anew(build)?;
        }
        for subject in std::mem::take(&mut self.stale_subjects) {
            self.fold_subject_anew(subject)?;
        }
        for (name, by) in &self.counts {
            self.ledger.count(name, *by)?;
        }
        Ok(self.changes)
    }

    pub(super) fn write_out(&mut self) -> Result<(), StoreError> {
        for (words, met) in &self.sources {
            self.ledger.describe_source(words, met.said_at)?;
        }
        self.ledger.hear_sources(&std::mem::take(&mut self.hearing))?;
        let builds = std::mem::take(&mut self.builds).into_iter().collect();
        self.write_builds(builds)?;
        for (id, open) in std::mem::take(&mut self.subjects) {
            let record = open.fold.record();
            self.ledger.save_subject(id, &open.fold, &record, open.last_event_at, self.commit)?;
            self.changes.push(Change::subject(id));
        }
        Ok(())
    }

    pub(super) fn write_builds(&mut self, builds: Vec<(i64, OpenBuild)>) -> Result<(), StoreError> {
        let mut folded = Vec::with_capacity(builds.len());
        for (id, open) in builds {
            for (step, fold) in &open.steps {
                self.ledger.save_step(id, step, fold)?;
            }
            let summary = summarise(&self.ledger.step_lines(id)?);
            let record = open.fold.record(&summary);
            folded.push((id, open, record));
        }
        // In the order of their rows: new ones land at the end of the table, side by side.
        folded.sort_unstable_by_key(|(id, _, _)| *id);
        for (id, open, record) in &folded {
            let pipeline = match &record.pipeline {
                Some(said) => Some(self.pipeline(open.source, said, None)?),
                None => None,
            };
            let saved = SavedBuild {
                source: open.source,
                pipeline,
                fold: &open.fold,
                record,
                received_at: open.received_at,
                version: self.commit,
            };
            match &open.new {
                Some(new) => self.ledger.insert_build(*id, new, &saved)?,
                None => self.ledger.update_build(*id, &saved)?,
            }
            if open.steps.values().any(StepFold::is_superseded) {
                self.ledger.settle_retried(*id)?;
            }
            if open.new.is_none() && open.steps.keys().any(|step| step.key.starts_with("job:")) {
                self.ledger.mark_tests_by_job(*id)?;
            }
            self.want(*id, open.source, record)?;
            self.changes.push(Change::build(*id));
        }
        Ok(())
    }

    /// Row of a pipeline. Its name is the latest word's; a word that is not later than one of this
    /// batch changes nothing.
    pub(super) fn pipeline(
        &mut self,
        source: i64,
        said: &PipelineSaid,
        said_at: Option<Timestamp>,
    ) -> Result<i64, StoreError> {
        let known = (source, said.clone());
        if let Some((id, latest)) = self.pipelines.get(&known)
            && said_at <= *latest
        {
            return Ok(*id);
        }
        let id = self.ledger.pipeline(source, said, said_at)?;
        self.pipelines.insert(known, (id, said_at));
        Ok(id)
    }

    pub(super) fn project(
        &mut self,
        source: i64,
        guid: &str,
        name: &str,
        said_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let known = (source, guid.to_owned(), name.to_owned());
        if self.projects.get(&known).is_some_and(|latest| said_at <= *latest) {
            return Ok(());
        }
        self.ledger.project(source, guid, name, said_at)?;
        self.projects.insert(known, said_at);
        Ok(())
    }

    pub(super) fn count(&mut self, name: String, by: i64) {
        *self.counts.entry(name).or_default() += by;
    }

    fn fold_build_anew(&mut self, build: i64) -> Result<(), StoreError> {
        let Some((source, received_at)) = self.ledger.find_build(build)? else { return Ok(()) };
        let facts = self.ledger.facts_of_build(build)?;
        if facts.is_empty() {
            self.changes.push(Change::build(build));
            return self.ledger.delete_build(build);
        }
        let mut open = OpenBuild {
            source,
            new: None,
            fold: BuildFold::default(),
            received_at,
            steps: BTreeMap::new(),
        };
        for fact in facts {
            match fact.says {
                Says::Build(fact) => {
                    open.fold.absorb(&fact);
                }
                Says::Step(fact) => {
                    open.steps.entry(fact.step.clone()).or_default().absorb(&fact);
                }
                Says::Subject(_) | Says::Change(_) => {}
            }
        }
        for (_, told) in self.ledger.answers::<Told>(build)? {
            if let Some(fact) = &told.build {
                open.fold.absorb(fact);
            }
            for fact in &told.steps {
                open.steps.entry(fact.step.clone()).or_default().absorb(fact);
            }
        }
        self.ledger.delete_steps(build)?;
        self.write_builds(vec![(build, open)])
    }

    fn fold_subject_anew(&mut self, subject: i64) -> Result<(), StoreError> {
        let mut fold = SubjectFold::default();
        let facts = self.ledger.facts_of_subject(subject)?;
        for fact in &facts {
            if let Says::Subject(fact) = &fact.says {
                fold.absorb(fact);
            }
        }
        let told = self.ledger.told_of_subject(subject)?;
        if let Some(fact) = &told {
            fold.absorb(fact);
        }
        let last = self.ledger.last_event_of_subject(subject)?;
        self.changes.push(Change::subject(subject));
        match last {
            None if facts.is_empty() && told.is_none() => self.ledger.delete_subject(subject),
            last => {
                // Without any event left (retention), the time of the last one stays known.
                let at = match last {
                    Some(at) => at,
                    None => self.ledger.open_subject(subject)?.1,
                };
                let at = at.max(told.as_ref().and_then(SubjectFact::happened_at).unwrap_or(at));
                self.ledger.save_subject(subject, &fold, &fold.record(), at, self.commit)
            }
        }
    }
}
