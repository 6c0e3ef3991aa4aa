//! `POST /ingest/pipeline-stages`: the stages of a build.

use super::words::{Standing, bounded};
use crate::model::{BuildState, StepFact, StepKind, StepRef, Timestamp, Unreadable};
use serde_json::value::RawValue;

use crate::providers::members::Members;
use crate::providers::reporter::missing;

/// Stages of one body. No pipeline has more.
const STAGES_MAX: usize = 5_000;

/// Bytes of a stage's name.
const NAME_MAX: usize = 1_000;

/// The list of a body.
pub fn listed<'a>(members: &Members<'a>) -> Result<Vec<&'a RawValue>, Unreadable> {
    if members.is_null("stages") {
        return Ok(Vec::new());
    }
    members
        .list("stages")
        .ok_or_else(|| missing("stages", "`stages` is missing, or no list of stages"))
}

/// The stages of a body, each by its place and its name.
pub fn read(members: &Members<'_>) -> Result<Vec<StepFact>, Unreadable> {
    let objects = listed(members)?.into_iter().take(STAGES_MAX).enumerate();
    Ok(objects.filter_map(|(at, raw)| Some(stage(at, &Members::of(raw)?))).collect())
}

fn stage(at: usize, stage: &Members<'_>) -> StepFact {
    let order = stage.number("stageOrder").or_else(|| i64::try_from(at).ok()).unwrap_or(0);
    let name = stage.text("stageName").or_else(|| stage.text("name"));
    let name = name.map(|name| bounded(name, NAME_MAX));
    let (started, ended) = (stage.time("startedAt"), stage.time("completedAt"));
    let lasted = stage.number("duration").filter(|ms| *ms >= 0);
    let plus = |at: Option<Timestamp>, ms: Option<i64>| at?.shifted(ms?);
    let word = stage.text("status");
    let is_over = ended.is_some() || lasted.is_some();
    let standing = (word.is_some() || is_over).then(|| Standing::of(word.as_deref(), is_over));
    let finished = standing.is_some_and(|standing| standing.state() == BuildState::Finished);
    let finished_at = ended.or_else(|| plus(started, lasted)).filter(|_| finished);
    let started_at = started.or_else(|| plus(ended, lasted.map(|ms| -ms)));
    let key = format!("stage:{order}:{}", name.as_deref().unwrap_or_default());
    StepFact {
        at: finished_at.or(started_at),
        name,
        order: Some(order),
        state: standing.map(Standing::state),
        result: standing.and_then(Standing::result),
        raw_result: word.filter(|_| finished),
        started_at,
        finished_at,
        agent: stage.text("nodeName").or_else(|| stage.text("agent")),
        ..StepFact::about(StepRef { key, attempt: 1 }, StepKind::Stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BuildResult;

    #[test]
    fn a_stage_is_told_as_far_as_its_members_go() {
        let body = br#"{"stages": [
            {"stageName": "Build", "stageOrder": "0", "status": "SUCCESS", "duration": 1500,
             "startedAt": "2026-11-22T07:11:05Z"},
            {"stageName": "Test", "stageOrder": 1, "status": "in_progress"},
            7,
            {"stageName": "Deploy"}
        ]}"#;
        let stages = read(&Members::of_body(body).unwrap()).unwrap();
        let keys: Vec<&str> = stages.iter().map(|stage| stage.step.key.as_str()).collect();
        assert_eq!(keys, ["stage:0:Build", "stage:1:Test", "stage:3:Deploy"]);
        let ends: Vec<_> = stages.iter().map(|stage| (stage.state, stage.result)).collect();
        assert_eq!(
            ends,
            [
                (Some(BuildState::Finished), Some(BuildResult::Success)),
                (Some(BuildState::Running), None),
                (None, None),
            ]
        );
        let ended = stages[0].finished_at.map(|at| at.to_string());
        assert_eq!(ended.as_deref(), Some("2026-11-22T07:11:06.500Z"));
        assert_eq!(read(&Members::of_body(b"{}").unwrap()).unwrap_err().path, "stages");
    }
}
