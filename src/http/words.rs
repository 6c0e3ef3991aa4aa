//! What is said of a build in words, wherever there is no script to say it: the words of the pages
//! (`web/src/lib/ui/status.ts`).

use crate::http::mask::text::shown;
use crate::model::{BuildResult, BuildState};
use crate::store::sqlite::books::read::builds::BuildRow;

/// Pipeline and number.
#[must_use]
pub fn build_name(build: &BuildRow) -> String {
    let pipeline = build.pipeline_name.as_deref().or(build.pipeline.as_deref());
    let number = numbered(build.number, build.label.as_deref());
    format!("{} {number}", pipeline.unwrap_or("Unnamed pipeline")).trim_end().to_owned()
}

/// `#7`, else the label.
#[must_use]
pub fn numbered(number: Option<i64>, label: Option<&str>) -> String {
    match (number, label) {
        (Some(number), _) => format!("#{number}"),
        (None, Some(label)) => shown(label.to_owned()),
        (None, None) => String::new(),
    }
}

/// One sentence: how it is, of what, by whom, since when.
#[must_use]
pub fn told(word: &str, build: &BuildRow) -> String {
    let mut parts = vec![word.to_owned()];
    parts.extend(build.branch.clone().map(shown));
    parts.extend(build.commit.clone().map(|commit| commit.chars().take(8).collect()));
    parts.extend(build.requested_by.clone().map(|name| format!("for {}", shown(name))));
    parts.extend(build.started_at.map(|at| format!("started {at}")));
    if let Some(length) = build.duration_ms.filter(|_| build.finished_at.is_some()) {
        let whole_seconds = jiff::SignedDuration::from_secs(length / 1_000);
        parts.push(format!("took {whole_seconds:#}"));
    }
    parts.join(", ")
}

/// How it is.
#[must_use]
pub fn word(state: BuildState, result: Option<BuildResult>) -> &'static str {
    match (state, result) {
        (BuildState::Queued, _) => "queued",
        (BuildState::Running, _) => "running",
        (BuildState::Waiting, _) => "waiting for a person",
        (BuildState::Finished, Some(BuildResult::Success)) => "passed",
        (BuildState::Finished, Some(BuildResult::Unstable)) => "unstable",
        (BuildState::Finished, Some(BuildResult::Failure)) => "failed",
        (BuildState::Finished, Some(BuildResult::Aborted)) => "canceled",
        (BuildState::Finished, Some(BuildResult::Skipped)) => "skipped",
        (BuildState::Finished, Some(BuildResult::Unknown) | None) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_without_what_is_not_known() {
        assert_eq!(numbered(Some(7), Some("20260213.7")), "#7");
        assert_eq!(numbered(None, Some("20260213.7")), "20260213.7");
        assert_eq!(numbered(None, None), "");
    }

    #[test]
    fn what_is_not_over_has_no_result_yet() {
        assert_eq!(word(BuildState::Waiting, Some(BuildResult::Success)), "waiting for a person");
        assert_eq!(word(BuildState::Finished, None), "unknown");
    }
}
