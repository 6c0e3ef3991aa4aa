//! The steps of a build: stages, their jobs, their tasks and gates.

use std::collections::{HashMap, HashSet};

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{
    IssueKind, List, Outcome, OutcomeDetail, State as Progress, StepKind, Time, time,
};
use crate::hub::Hub;
use crate::model::{Step as Record, StepRef, attempts, settle_stages};
use crate::store::sqlite::books::read::logs::{LogPlace, log_places};
use crate::store::sqlite::books::records;

use super::query::{Asked, Place};
use super::{builds, read_books};

/// A step of a build. Each attempt is a step of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct Step {
    /// Unique within the build; `#2` and so on for later attempts.
    pub id: String,
    /// `null` at the top.
    #[schema(required)]
    pub parent_id: Option<String>,
    pub kind: StepKind,
    #[schema(required)]
    pub name: Option<String>,
    /// Place among its siblings, where the provider tells.
    #[schema(required)]
    pub order: Option<i64>,
    pub attempt: u32,
    pub state: Progress,
    #[schema(required)]
    pub result: Option<Outcome>,
    #[schema(required)]
    pub queued_at: Option<Time>,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub finished_at: Option<Time>,
    #[schema(required)]
    pub agent: Option<String>,
    /// Pool or queue that it waited in.
    #[schema(required)]
    pub queue: Option<String>,
    /// When the provider made it; until `queued_at` it waited for others.
    #[schema(required)]
    pub created_at: Option<Time>,
    /// The log it is in; that of a task may be part of its job's.
    #[schema(required)]
    pub log_id: Option<String>,
    /// Its first line in that log, and how many there are, where that is known.
    #[schema(required)]
    pub log_from: Option<i64>,
    #[schema(required)]
    pub log_lines: Option<i64>,
    pub issues: Vec<Issue>,
    /// All of them: providers list the first ones only.
    pub error_count: i64,
    pub warning_count: i64,
    #[schema(required)]
    pub exit_status: Option<i64>,
    /// Why it ended so, where the provider tells more.
    #[schema(required)]
    pub detail: Option<OutcomeDetail>,
    /// The provider's own word.
    #[schema(required)]
    pub raw_result: Option<String>,
    /// What it runs: `CmdLine@2.237.1`.
    #[schema(required)]
    pub task: Option<String>,
    /// Who let it go on, of a gate.
    #[schema(required)]
    pub by: Option<String>,
    /// Its page at the provider.
    #[schema(required)]
    pub url: Option<String>,
    /// Failed, but allowed to.
    pub soft_failed: bool,
    /// A later try took its place.
    pub superseded: bool,
}

/// Something the provider noted on a step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StepIssue)]
pub struct Issue {
    pub kind: IssueKind,
    pub message: String,
    /// In the log of the step.
    #[schema(required)]
    pub line: Option<i64>,
}

/// How many steps of the build were shown so far.
struct StepPlace(usize);

impl Place for StepPlace {
    const LIST: &'static str = "steps";

    fn numbers(&self) -> Vec<i64> {
        vec![i64::try_from(self.0).unwrap_or(i64::MAX)]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [shown] = numbers else { return None };
        usize::try_from(*shown).ok().map(Self)
    }
}

/// Steps of one page unless a `limit` is given: a tree is of use only as a whole.
const STEPS_MAX: usize = 5_000;

/// Steps of a build: parents before their children, siblings in their order.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/steps", operation_id = "listSteps", tag = "builds",
    params(
        ("id" = Uuid, Path, description = "Id of the build"),
        ("limit" = Option<u16>, Query, description = "Items of a page, at most 500; all (up to 5,000) when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "The steps", body = List<Step>),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn list(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let limit = if asked.has("limit") { asked.limit()? } else { STEPS_MAX };
    let shown = asked.cursor::<StepPlace>()?.map_or(0, |place| place.0);
    let link = asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/steps", &uri)),
    };
    let steps = all(&hub, build).await?;
    let total = steps.len();
    let items: Vec<Step> = steps.into_iter().skip(shown).take(limit).collect();
    let end = shown.saturating_add(items.len());
    let next = (!items.is_empty() && end < total).then_some(StepPlace(end));
    Ok(link.page(items, next.as_ref()))
}

async fn all(hub: &Hub, build: i64) -> Result<Vec<Step>, Problem> {
    read_books(hub, move |books| {
        let tries = attempts(&records::step_lines(books, build)?);
        let places = log_places(books, build)?;
        Ok(shaped(records::steps(books, build)?, &tries, &places))
    })
    .await
}

/// Names of what failed of a build, for good and by itself: without what was tried again, and without
/// the stages around it.
pub async fn failed(hub: &Hub, build: i64) -> Result<Vec<String>, Problem> {
    let steps = all(hub, build).await?;
    let has_failed = |step: &&Step| step.result == Some(Outcome::Failure);
    let around: HashSet<&str> =
        steps.iter().filter(has_failed).filter_map(|step| step.parent_id.as_deref()).collect();
    let mut last: HashMap<&str, u32> = HashMap::new();
    for step in &steps {
        let attempt = last.entry(tried(&step.id)).or_default();
        *attempt = step.attempt.max(*attempt);
    }
    Ok(steps
        .iter()
        .filter(has_failed)
        .filter(|step| {
            !around.contains(&*step.id) && last.get(tried(&step.id)) == Some(&step.attempt)
        })
        .map(|step| step.name.clone().map_or_else(|| step.id.clone(), mask::text::shown))
        .collect())
}

/// What the attempts of a step have in common.
fn tried(id: &str) -> &str {
    match id.rsplit_once('#') {
        Some((step, attempt)) if attempt.bytes().all(|byte| byte.is_ascii_digit()) => step,
        _ => id,
    }
}

/// Steps in the order of their tree.
fn shaped(
    steps: Vec<(StepRef, crate::model::StepFold)>,
    tries: &HashMap<StepRef, u32>,
    places: &HashMap<StepRef, LogPlace>,
) -> Vec<Step> {
    let mut steps: Vec<(StepRef, Record)> =
        steps.into_iter().map(|(step, fold)| (step, fold.record())).collect();
    settle_stages(&mut steps);
    let known: HashSet<&StepRef> = steps.iter().map(|(step, _)| step).collect();
    let mut children: HashMap<Option<&StepRef>, Vec<usize>> = HashMap::new();
    for (index, (_, record)) in steps.iter().enumerate() {
        // A parent that nobody told of yet cannot be shown: its child stands at the top.
        let parent = record.parent.as_ref().filter(|parent| known.contains(parent));
        children.entry(parent).or_default().push(index);
    }
    for siblings in children.values_mut() {
        sort_siblings(siblings, &steps);
    }
    let mut sorted = Vec::with_capacity(steps.len());
    let mut seen = vec![false; steps.len()];
    let tops = children.get(&None).cloned().unwrap_or_default();
    let mut waiting: Vec<usize> = tops.into_iter().rev().collect();
    // What only a loop of parents leads to comes last instead of being lost.
    let mut rest = 0..steps.len();
    while let Some(index) = waiting.pop().or_else(|| rest.find(|index| !seen[*index])) {
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        sorted.push(index);
        if let Some(below) = children.get(&Some(&steps[index].0)) {
            waiting.extend(below.iter().rev());
        }
    }
    sorted.into_iter().map(|index| shown(&steps[index], tries, places)).collect()
}

/// Siblings in their order, the attempts of one step next to each other.
fn sort_siblings(siblings: &mut [usize], steps: &[(StepRef, Record)]) {
    // What has no order or has not begun yet comes after what has.
    let place = |record: &Record| {
        let begun = record.started_at.or(record.queued_at).map_or(i64::MAX, |at| at.0);
        (record.order.unwrap_or(i64::MAX), begun)
    };
    let mut first: HashMap<&str, (i64, i64)> = HashMap::new();
    for (step, record) in siblings.iter().map(|index| &steps[*index]) {
        let held = first.entry(&step.key).or_insert((i64::MAX, i64::MAX));
        *held = place(record).min(*held);
    }
    siblings.sort_by_key(|index| {
        let step = &steps[*index].0;
        (first.get(step.key.as_str()).copied(), step)
    });
}

fn shown(
    (step, record): &(StepRef, Record),
    tries: &HashMap<StepRef, u32>,
    places: &HashMap<StepRef, LogPlace>,
) -> Step {
    let place = places.get(step);
    let shown = |text: &String| mask::text::shown(text.clone());
    let first = place.and_then(|place| place.from);
    Step {
        id: id_of(step),
        parent_id: record.parent.as_ref().map(id_of),
        kind: record.kind.into(),
        name: record.name.clone(),
        order: record.order,
        attempt: tries.get(step).copied().unwrap_or(step.attempt),
        state: record.state.into(),
        result: record.result.map(Into::into),
        queued_at: time(record.queued_at),
        started_at: time(record.started_at),
        finished_at: time(record.finished_at),
        agent: record.agent.clone(),
        queue: record.queue.clone(),
        created_at: time(record.created_at),
        log_id: place.map(|place| place.log.clone()),
        log_from: first,
        log_lines: place.and_then(|place| place.lines),
        issues: record
            .issues
            .iter()
            .map(|issue| Issue {
                kind: issue.kind.into(),
                message: shown(&issue.message),
                // The provider counts from the step's own first line.
                line: issue.line.map(|line| line + first.unwrap_or(1) - 1),
            })
            .collect(),
        error_count: record.error_count,
        warning_count: record.warning_count,
        exit_status: record.exit_status,
        detail: record.detail.map(Into::into),
        raw_result: record.raw_result.clone(),
        task: record.task.clone(),
        by: record.by.clone(),
        url: record.url.as_ref().map(shown),
        soft_failed: record.soft_failed,
        superseded: record.superseded,
    }
}

/// How the API calls a step of a build.
pub fn id_of(step: &StepRef) -> String {
    match step.attempt {
        0 | 1 => step.key.clone(),
        attempt => format!("{}#{attempt}", step.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{StepFact, StepFold, StepKind, Timestamp};

    fn step(key: &str, parent: Option<&str>, order: Option<i64>) -> (StepRef, StepFold) {
        let reference = |key: &str| StepRef { key: key.to_owned(), attempt: 1 };
        let fact = StepFact {
            parent: parent.map(reference),
            order,
            at: Some(Timestamp(1)),
            ..StepFact::about(reference(key), StepKind::Job)
        };
        let mut fold = StepFold::default();
        fold.absorb(&fact);
        (reference(key), fold)
    }

    fn order(steps: Vec<(StepRef, StepFold)>) -> Vec<String> {
        shaped(steps, &HashMap::new(), &HashMap::new()).into_iter().map(|step| step.id).collect()
    }

    #[test]
    fn children_follow_their_parents_in_their_own_order() {
        let steps = vec![
            step("job:b", Some("stage:1"), Some(2)),
            step("stage:2", None, Some(2)),
            step("job:lost", Some("stage:unknown"), None),
            step("job:a", Some("stage:1"), Some(1)),
            step("stage:1", None, Some(1)),
        ];
        assert_eq!(order(steps), ["stage:1", "job:a", "job:b", "stage:2", "job:lost"]);
    }

    #[test]
    fn a_loop_of_parents_is_shown_and_ends() {
        let steps = vec![step("a", Some("b"), None), step("b", Some("a"), None)];
        assert_eq!(order(steps), ["a", "b"]);
    }
}
