//! Builds: one, or a page of a list. The shape is that of `build.complete` 2.0, and read by the same code.

use super::agents::named;
use super::answers::{Page, list, not_as_documented, object};
use crate::model::{BuildFact, Phase, Subject, Timestamp, Unreadable};
use crate::providers::azure_devops::builds::{Beside, Progress, fact, found_id, subject};
use crate::providers::azure_devops::payload::{self, Build};
use crate::providers::rest::Answer;

/// Standing of an answer: above all hooks, whose REST shape has 3.
pub const WEIGHT_API: u8 = 4;

/// A build as it was at the time of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildTold {
    pub id: i64,
    /// The words by which hooks know it, too.
    pub subject: Subject,
    pub fact: BuildFact,
    /// Id of the project's queue that its jobs wait in unless they say otherwise, and the name of the
    /// pool that it stands for.
    pub queue: Option<(i64, String)>,
}

impl BuildTold {
    pub fn is_over(&self) -> bool {
        self.fact.completion.is_some()
    }
}

/// `base` is the source's own address, for the page of a build that has no link.
pub fn build(answer: &Answer, base: Option<&str>) -> Result<Option<BuildTold>, Unreadable> {
    let Some(build) = object::<Build>(answer)? else { return Ok(None) };
    match read(&build, answer.at, base) {
        Some(told) => Ok(Some(told)),
        None => Err(not_as_documented("a build without an id")),
    }
}

/// One without an id is left out.
pub fn builds(answer: &Answer, base: Option<&str>) -> Result<Page<BuildTold>, Unreadable> {
    let items = list::<Build>(answer)?;
    let read = items.iter().filter_map(|build| read(build, answer.at, base)).collect();
    Ok(Page::by_token(&answer.head, read))
}

fn read(build: &Build, at: Timestamp, base: Option<&str>) -> Option<BuildTold> {
    let id = found_id(build)?;
    let beside = Beside { told_at: Some(at), project_id: None, base_url: base };
    let progress = progress(build);
    let is_running = matches!(progress, Some(Progress::Under(Phase::Running)));
    Some(BuildTold {
        id,
        subject: subject(id),
        fact: BuildFact {
            at: Some(at),
            weight: WEIGHT_API,
            // It was seen at work: later than a finish, that is another try of it.
            active_at: is_running.then_some(at),
            ..fact(build, id, progress.as_ref(), &beside)
        },
        queue: build.queue.as_ref().and_then(named),
    })
}

/// Unlike an event, whose type already says that something came to its end, an answer must say so.
fn progress(build: &Build) -> Option<Progress> {
    let is = |word| payload::is(build.status.as_deref(), word);
    if is("completed") {
        Some(Progress::Done)
    } else if is("inProgress") || is("cancelling") {
        Some(Progress::Under(Phase::Running))
    } else if is("notStarted") || is("postponed") {
        Some(Progress::Under(Phase::Queued))
    } else {
        // A build has a result only once it is over.
        build.result.as_deref().and_then(payload::result).map(|_| Progress::Done)
    }
}

#[cfg(test)]
mod tests;
