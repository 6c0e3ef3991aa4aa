//! What is to be asked about builds and releases that hooks told of.

use super::super::Read;
use super::Batch;
use crate::model::{Build, Errand, ErrandKind, FRESH_MS, Provider, Rank, SubjectRef, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::records::releases::release_key;

/// Hooks of one moment arrive together: the question waits for the last of them.
const SETTLE_MS: i64 = 2_000;

impl Batch<'_> {
    /// Remember that a delivery told of a build. Where nobody could be asked, that is all.
    pub(super) fn wonder(
        &mut self,
        read: &Read,
        provider: Provider,
        build: i64,
    ) -> Result<(), StoreError> {
        if self.is_worth_asking(read, provider)? {
            self.tellers.insert(build, read.entry.label.key);
        }
        Ok(())
    }

    /// Want a release asked about that a delivery told of.
    pub(super) fn want_release(
        &mut self,
        read: &Read,
        source: i64,
        subject: &SubjectRef,
        happened_at: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(release) = release_key(subject.kind, &subject.key) else { return Ok(()) };
        if !self.is_worth_asking(read, read.entry.label.provider)? {
            return Ok(());
        }
        let is_history = self.now.0 - happened_at.0 > FRESH_MS;
        let rank = if is_history { Rank::History } else { Rank::Running };
        let due_at = Timestamp(self.now.0 + SETTLE_MS);
        self.ledger.want_release(source, release, read.entry.label.key, rank, due_at)
    }

    /// Whether what a delivery told of could be asked about.
    fn is_worth_asking(&mut self, read: &Read, provider: Provider) -> Result<bool, StoreError> {
        // Made-up builds are known to nobody.
        if self.is_again || read.is_sample {
            return Ok(false);
        }
        Ok(match self.can_ask.get(&provider) {
            Some(can_ask) => *can_ask,
            None => {
                let can_ask = self.ledger.can_ask(provider)?;
                self.can_ask.insert(provider, can_ask);
                can_ask
            }
        })
    }

    /// Want a build asked about, now that it is known how it stands.
    pub(super) fn want(
        &mut self,
        build: i64,
        source: i64,
        record: &Build,
    ) -> Result<(), StoreError> {
        let Some(key) = self.tellers.remove(&build) else { return Ok(()) };
        self.ledger.want(source, Some(build), key, &errand(record, self.now))
    }
}

fn errand(record: &Build, now: Timestamp) -> Errand {
    let ended_at = record.finished_at.or(record.first_at).unwrap_or(now);
    let rank = Rank::of(record.state, record.result, ended_at, now);
    Errand::new(ErrandKind::Build, rank, Timestamp(now.0 + SETTLE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BuildFold, BuildResult, BuildState, StepSummary};

    fn record(state: BuildState, result: Option<BuildResult>, finished_at: i64) -> Build {
        let record = BuildFold::default().record(&StepSummary::default());
        Build { state, result, finished_at: Some(Timestamp(finished_at)), ..record }
    }

    #[test]
    fn a_fresh_failure_is_asked_about_before_everything_else() {
        let now = Timestamp(100 * FRESH_MS);
        let rank = |state, result, at| errand(&record(state, result, at), now).rank;
        let (finished, failed) = (BuildState::Finished, Some(BuildResult::Failure));
        assert_eq!(rank(finished, failed, now.0 - 1), Rank::Failure);
        assert_eq!(rank(finished, Some(BuildResult::Success), now.0 - 1), Rank::Success);
        assert_eq!(rank(BuildState::Running, None, now.0), Rank::Running);
        assert_eq!(rank(finished, failed, now.0 - 2 * FRESH_MS), Rank::History);
    }
}
