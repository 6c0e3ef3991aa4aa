//! What is asked of Azure DevOps about a classic release and its deployments. No hook tells of a
//! deployment to its end if that one is lost: it is asked about until it is over.

use std::time::Duration;

use super::asker::Asker;
use super::finding::told;
use super::trouble::Trouble;
use crate::hub::Hub;
use crate::model::{SubjectFact, Timestamp};
use crate::providers::azure_devops::rest::{self, Outlook, ReleaseTold, calls};
use crate::store::StoreError;
use crate::store::sqlite::books::records::NewAnswer;
use crate::store::sqlite::books::records::errands::ErrandRow;
use crate::workers::processor::batch::Batch;

/// How often a deployment that runs is asked about.
const RUNNING_AGAIN: Duration = Duration::from_mins(1);

/// One that waits, mostly for a person. Who says yes is told by a hook, as a rule.
const WAITING_AGAIN: Duration = Duration::from_mins(10);

/// A release that has not gone everywhere may go on by itself at any moment, or never: it is asked about
/// for so long after something happened.
const OPEN_AGAIN: Duration = Duration::from_mins(5);
const OPEN_MAX_MS: i64 = 30 * 60_000;

/// A release of which nothing new was told for this long is no longer followed.
const FOLLOWED_MAX_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// Version of what reads answers; grows with every change that reads one differently.
const READER: i64 = 1;

/// Run an errand about a release.
pub async fn run(asker: &Asker<'_>, errand: &ErrandRow) -> Result<(), Trouble> {
    let Some(release) = asker.release(errand.source, &errand.what).await? else {
        return Err(Trouble::Impossible {
            code: "not_found",
            reason: "the hooks do not tell the release's project".to_owned(),
        });
    };
    let call = calls::release(&release.project, &errand.what);
    let answer = asker.ask(&call).await?;
    let found = rest::release(&answer)?.ok_or_else(|| Trouble::Impossible {
        code: "not_found",
        reason: "the provider knows nothing of this release".to_owned(),
    })?;
    let call = told(&call);
    let errand = errand.clone();
    let written = asker.hub.blocking(move |hub| {
        let answer = NewAnswer { name: "release", at: answer.at, call: &call, decoder: READER };
        write(hub, &errand, &answer, &found, release.last_at)
    });
    Ok(written.await?)
}

/// Write down what was told of a release, and when it is asked about again. Blocks.
fn write(
    hub: &Hub,
    errand: &ErrandRow,
    answer: &NewAnswer<'_>,
    found: &ReleaseTold,
    last_at: Timestamp,
) -> Result<(), StoreError> {
    let now = hub.clock().now();
    let happened_at = found.facts.iter().filter_map(SubjectFact::happened_at).max();
    let quiet_ms = now.0 - happened_at.unwrap_or(last_at).max(last_at).0;
    let (commit, changes) = hub.books().write(|ledger| {
        let commit = ledger.next_commit()?;
        let mut batch = Batch::new(ledger, commit, now)?;
        batch.tell_subjects(errand.source, answer, &found.facts)?;
        let changes = batch.finish()?;
        match again(found.outlook, quiet_ms) {
            Some(after) => ledger.errand_later(errand, now.plus(after), 0)?,
            None => ledger.errand_done(errand)?,
        }
        Ok::<_, StoreError>((commit, changes))
    })?;
    hub.bell().ring(commit, changes);
    Ok(())
}

/// How soon a release is asked about again of which nothing new was told for so long.
fn again(outlook: Outlook, quiet_ms: i64) -> Option<Duration> {
    let (after, quiet_max_ms) = match outlook {
        Outlook::Over => return None,
        Outlook::Open => (OPEN_AGAIN, OPEN_MAX_MS),
        Outlook::Waiting => (WAITING_AGAIN, FOLLOWED_MAX_MS),
        Outlook::Running => (RUNNING_AGAIN, FOLLOWED_MAX_MS),
    };
    (quiet_ms < quiet_max_ms).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_followed_as_long_as_something_is_to_come_of_it_and_no_longer_than_a_day() {
        let (minute, day) = (60_000, FOLLOWED_MAX_MS);
        assert_eq!(again(Outlook::Running, minute), Some(RUNNING_AGAIN));
        assert_eq!(again(Outlook::Waiting, minute), Some(WAITING_AGAIN));
        assert_eq!(again(Outlook::Open, minute), Some(OPEN_AGAIN));
        assert_eq!(again(Outlook::Over, minute), None);
        assert_eq!(again(Outlook::Open, 31 * minute), None);
        assert_eq!(again(Outlook::Running, day), None);
        assert_eq!(again(Outlook::Waiting, day), None);
    }
}
