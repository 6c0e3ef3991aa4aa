//! From a finding to the books. Steps of large answers go in by pieces, so that what hooks tell is not
//! held up; all else, and that the errand is done, is one transaction.

use super::finding::{Finding, Kept, When};
use crate::hub::Hub;
use crate::live::Change;
use crate::model::{
    Aspect, AspectState, BuildState, CommitNo, Errand, ErrandKind, Rank, Timestamp, Told,
};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::records::NewAnswer;
use crate::store::sqlite::books::records::errands::{AskedBuild, AspectNote, ErrandRow};
use crate::workers::processor::batch::{Batch, Steps};

/// Steps heard in one transaction.
const PIECE: usize = 500;

/// Version of what reads answers; grows with every change that reads one differently.
const READER: i64 = 1;

/// What is said of a build that does not end.
const UNFOLLOWED: AspectNote<'static> = AspectNote {
    state: AspectState::Unavailable,
    code: Some("not_followed"),
    reason: Some("it has not ended within a day; it is asked about again once a hook tells of it"),
    tries: 0,
};

/// Write a finding, and that its errand is done. Blocks.
pub fn write(
    hub: &Hub,
    errand: &ErrandRow,
    build: &AskedBuild,
    finding: &Finding,
    rank: Rank,
) -> Result<(), StoreError> {
    let large = |told: &&Kept<Told>| told.says.steps.len() > PIECE;
    for told in finding.told.iter().filter(large) {
        // Kept before it is heard: who folds the build anew meanwhile, hears all of it.
        in_batch(hub, build.id, |batch, _, _| {
            batch.tell(build.id, &answer(told), &told.says, Steps::Follow)
        })?;
        for steps in told.says.steps.chunks(PIECE) {
            let piece = Told { build: None, steps: steps.to_vec() };
            in_batch(hub, build.id, |batch, _, _| batch.hear(build.id, &piece))?;
        }
    }
    in_batch(hub, build.id, |batch, ledger, now| {
        for told in finding.told.iter().filter(|told| !large(told)) {
            batch.tell(build.id, &answer(told), &told.says, Steps::Now)?;
        }
        for kept in &finding.kept {
            ledger.keep_answer(build.id, &answer(kept), &kept.says)?;
        }
        for wanted in &finding.errands {
            ledger.want(build.source, Some(build.id), errand.key, wanted)?;
        }
        plan_logs(ledger, errand, build, finding, rank, now)?;
        for (aspect, state) in &finding.aspects {
            let cut = finding.cut.iter().find(|(of, _)| of == aspect);
            let reason = cut.map(|(_, reason)| reason.as_str());
            let code = reason.map(|_| "cut");
            let note = AspectNote { state: *state, code, reason, tries: 0 };
            ledger.note_aspect(build.id, *aspect, &note, now)?;
        }
        if !finding.logs.is_empty() || finding.is_all_of_logs {
            settle_logs(ledger, build.id, now)?;
        }
        if finding.is_unfollowed {
            for aspect in [Aspect::Steps, Aspect::Logs] {
                ledger.note_aspect(build.id, aspect, &UNFOLLOWED, now)?;
            }
        }
        match finding.again {
            Some(after) => ledger.errand_later(errand, now.plus(after), 0),
            None => ledger.errand_done(errand),
        }
    })
}

/// A transaction in which a build hears something. Where the build is gone (merged, or removed while
/// it was asked about), nothing happens, and its errands are gone with it.
pub fn in_batch(
    hub: &Hub,
    build: i64,
    work: impl FnOnce(&mut Batch<'_>, &Ledger<'_>, Timestamp) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let now = hub.clock().now();
    let written = hub.books().write(|ledger| -> Result<Option<(CommitNo, Vec<Change>)>, _> {
        if ledger.find_build(build)?.is_none() {
            return Ok(None);
        }
        let commit = ledger.next_commit()?;
        let mut batch = Batch::new(ledger, commit, now)?;
        work(&mut batch, ledger, now)?;
        let mut changes = batch.finish()?;
        if changes.is_empty() {
            ledger.touch_build(build, commit.0)?;
            changes.push(Change::build(build));
        }
        Ok(Some((commit, changes)))
    })?;
    if let Some((commit, changes)) = written {
        hub.bell().ring(commit, changes);
    }
    Ok(())
}

fn answer<T>(kept: &Kept<T>) -> NewAnswer<'_> {
    NewAnswer { name: &kept.name, at: kept.at, call: &kept.call, decoder: READER }
}

/// Plan the logs of a finding; those of failures go first. Of those that were only to be fetched if
/// somebody reads them, and that nobody names once all are known, nothing is left.
fn plan_logs(
    ledger: &Ledger<'_>,
    errand: &ErrandRow,
    build: &AskedBuild,
    finding: &Finding,
    rank: Rank,
    now: Timestamp,
) -> Result<(), StoreError> {
    for wanted in &finding.logs {
        if !ledger.plan_log(build.id, &build.public_id, &wanted.log, now)? {
            continue;
        }
        let rank = match (rank, wanted.when) {
            (_, When::LookedAt) => continue,
            (Rank::History | Rank::Wish, _) => rank.of_logs(),
            (_, When::First) => Rank::FailureLog,
            (_, When::InTurn) => Rank::Log,
        };
        let what = wanted.log.provider_key.clone();
        let fetch = Errand { what, ..Errand::new(ErrandKind::Log, rank, now) };
        ledger.want_too(build.source, build.id, errand.key, &fetch)?;
    }
    if finding.is_all_of_logs {
        ledger.forget_unread_logs(build.id)?;
    }
    Ok(())
}

/// How the logs of a build stand follows from each of them; of a build that goes on, more may come.
pub fn settle_logs(ledger: &Ledger<'_>, build: i64, now: Timestamp) -> Result<(), StoreError> {
    let totals = ledger.log_totals(build)?;
    let is_over =
        ledger.asked_build(build)?.is_none_or(|build| build.state == BuildState::Finished);
    let state = match () {
        () if totals.pending > 0 || !is_over => AspectState::Pending,
        () if totals.failed > 0 => AspectState::Failed,
        () if totals.unavailable > 0 => AspectState::Unavailable,
        () => AspectState::Done,
    };
    let trouble = match state {
        AspectState::Done => None,
        state => ledger.log_trouble(build, state)?,
    };
    let (code, reason) = trouble.unzip();
    let reason = reason.map(|reason| match totals.total {
        1 => reason,
        total => {
            let missing = totals.failed + totals.unavailable;
            let of = if state == AspectState::Pending { totals.pending } else { missing };
            format!("{of} of {total} logs: {reason}")
        }
    });
    let note = AspectNote { state, code: code.as_deref(), reason: reason.as_deref(), tries: 0 };
    ledger.note_aspect(build, Aspect::Logs, &note, now)
}
