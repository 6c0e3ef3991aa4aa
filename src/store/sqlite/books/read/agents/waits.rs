//! How long jobs waited for an agent.
//!
//! Buildkite tells when a job could have run. Azure DevOps does not: there the moment is taken to be
//! that of the last thing the job may have waited for, an end of another job of its build or an
//! approval, so that such a wait is at least as long. An end on the job's own agent is none of these:
//! it is what made the agent free.

use std::collections::HashMap;

use rusqlite::Connection;

use super::jobs::JobRow;
use super::{DAY_MS, HOUR_MS};
use crate::model::Timestamp;
use crate::store::StoreError;

/// Ends and begins that belong together are told by different clocks.
const SAME_MOMENT_MS: i64 = 1_000;

/// Builds whose waits are estimated: the newest.
const BUILDS_MAX: usize = 20_000;

/// A wait, and whether its beginning is a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub ms: i64,
    pub is_estimated: bool,
}

/// The end of a job on its agent; of an approval without one.
#[derive(Debug)]
struct End<'a> {
    at: Timestamp,
    agent: Option<&'a str>,
    /// Place of the last end before it that was on another agent.
    elsewhere: Option<usize>,
}

/// What may have held up the jobs of one build.
#[derive(Debug, Default)]
struct Holds<'a> {
    build_at: Option<Timestamp>,
    /// In the order of time, once they are settled.
    ends: Vec<End<'a>>,
}

impl<'a> Holds<'a> {
    fn add(&mut self, at: Timestamp, agent: Option<&'a str>) {
        self.ends.push(End { at, agent, elsewhere: None });
    }

    fn settle(&mut self) {
        self.ends.sort_by_key(|end| end.at);
        for place in 1..self.ends.len() {
            let before = &self.ends[place - 1];
            let is_elsewhere = before.agent != self.ends[place].agent;
            let elsewhere = if is_elsewhere { Some(place - 1) } else { before.elsewhere };
            self.ends[place].elsewhere = elsewhere;
        }
    }

    /// When the job could have run at the latest.
    fn ready_at(&self, job: &JobRow) -> Option<Timestamp> {
        let begin = job.started_at.0.saturating_add(SAME_MOMENT_MS);
        let before = self.ends.partition_point(|end| end.at.0 <= begin);
        let last = before.checked_sub(1).map(|place| &self.ends[place]);
        let last = match last {
            Some(end) if end.agent.is_some() && end.agent == job.agent.as_deref() => {
                end.elsewhere.map(|place| &self.ends[place])
            }
            last => last,
        };
        last.map(|end| end.at).max(self.build_at)
    }
}

/// The waits of jobs, in their order; `None` where nothing tells.
pub(super) fn waits(
    connection: &Connection,
    jobs: &[JobRow],
) -> Result<Vec<Option<Wait>>, StoreError> {
    let holds = holds(connection, jobs)?;
    let wait = |job: &JobRow| {
        let told = job.queued_at.map(|at| (at, false));
        let guessed = || Some((holds.get(&job.build)?.ready_at(job)?, true));
        let (ready_at, is_estimated) = told.or_else(guessed)?;
        let ms = job.started_at.0.saturating_sub(ready_at.0).max(0);
        Some(Wait { ms, is_estimated })
    };
    Ok(jobs.iter().map(wait).collect())
}

fn holds<'a>(
    connection: &Connection,
    jobs: &'a [JobRow],
) -> Result<HashMap<i64, Holds<'a>>, StoreError> {
    let mut holds: HashMap<i64, Holds<'a>> = HashMap::new();
    for job in jobs.iter().filter(|job| job.queued_at.is_none()) {
        if holds.len() < BUILDS_MAX {
            holds.entry(job.build).or_default().build_at = job.build_at;
        }
    }
    for job in jobs {
        if let (Some(holds), Some(at)) = (holds.get_mut(&job.build), job.finished_at) {
            holds.add(at, job.agent.as_deref());
        }
    }
    let mut statement = connection.prepare_cached(
        "select finished_at
           from step
          where build = ?1 and kind = 'gate' and finished_at is not null",
    )?;
    for (build, holds) in &mut holds {
        let mut rows = statement.query([build])?;
        while let Some(row) = rows.next()? {
            holds.add(Timestamp(row.get(0)?), None);
        }
        holds.settle();
    }
    Ok(holds)
}

/// Which hour of the day before `now` a time lies in: 23 is the last one.
pub(super) fn hour_of(at: Timestamp, now: Timestamp) -> usize {
    let from = now.0.saturating_sub(DAY_MS);
    usize::try_from((at.0.saturating_sub(from) / HOUR_MS).clamp(0, 23)).unwrap_or(23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BuildState, StepRef};

    #[test]
    fn hours_count_back_from_now() {
        let now = Timestamp(10 * DAY_MS);
        for (at, hour) in [
            (now.0, 23),
            (now.0 - 1, 23),
            (now.0 - HOUR_MS - 1, 22),
            (now.0 - DAY_MS, 0),
            (now.0 + HOUR_MS, 23),
            (0, 0),
        ] {
            assert_eq!(hour_of(Timestamp(at), now), hour, "{at}");
        }
    }

    fn job(agent: &str, started_at: i64, finished_at: Option<i64>) -> JobRow {
        JobRow {
            source: 1,
            build: 1,
            build_is_over: false,
            build_at: Some(Timestamp(0)),
            step: StepRef { key: "job:x".to_owned(), attempt: 1 },
            state: BuildState::Running,
            result: None,
            agent: Some(agent.to_owned()),
            queue: None,
            queued_at: None,
            started_at: Timestamp(started_at),
            finished_at: finished_at.map(Timestamp),
        }
    }

    #[test]
    fn a_wait_that_is_not_told_begins_with_the_last_thing_that_may_have_held_the_job() {
        let mut holds = Holds { build_at: Some(Timestamp(5_000)), ends: Vec::new() };
        for (at, agent) in [
            (90_000, Some("other")),
            (20_000, Some("other")),
            (50_000, Some("own")),
            (40_000, Some("own")),
        ] {
            holds.add(Timestamp(at), agent);
        }
        holds.settle();
        // An end on its own agent made the agent free; one after its begin held nothing.
        assert_eq!(holds.ready_at(&job("own", 51_000, None)), Some(Timestamp(20_000)));
        assert_eq!(holds.ready_at(&job("own", 10_000, None)), Some(Timestamp(5_000)));
        assert_eq!(holds.ready_at(&job("own", 89_500, None)), Some(Timestamp(90_000)));
        assert_eq!(holds.ready_at(&job("third", 51_000, None)), Some(Timestamp(50_000)));
    }
}
