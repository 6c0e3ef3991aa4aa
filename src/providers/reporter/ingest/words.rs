//! Words for how something stands, in any spelling.

use crate::model::{BuildResult, BuildState, TestStatus};

/// How a build or a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Queued,
    Running,
    Ended(BuildResult),
}

impl Standing {
    /// What a word says; `is_over` where other members tell of an end.
    pub fn of(word: Option<&str>, is_over: bool) -> Self {
        let word = word.map(plain).unwrap_or_default();
        let result = match word.as_str() {
            "success" | "succeeded" | "successful" | "passed" | "ok" => BuildResult::Success,
            "failure" | "failed" | "fail" | "error" | "errored" | "timedout" | "startupfailure" => {
                BuildResult::Failure
            }
            "unstable" | "partiallysucceeded" | "warning" => BuildResult::Unstable,
            "aborted" | "canceled" | "cancelled" | "stopped" | "killed" => BuildResult::Aborted,
            "notbuilt" | "skipped" | "neutral" | "notrun" | "notexecuted" => BuildResult::Skipped,
            "completed" | "finished" | "done" => BuildResult::Unknown,
            "queued" | "pending" | "scheduled" | "waiting" | "created" => return Self::Queued,
            "inprogress" | "building" | "running" | "started" | "busy" => return Self::Running,
            _ if is_over => BuildResult::Unknown,
            _ => return Self::Running,
        };
        Self::Ended(result)
    }

    pub fn result(self) -> Option<BuildResult> {
        match self {
            Self::Ended(result) => Some(result),
            _ => None,
        }
    }

    pub fn state(self) -> BuildState {
        match self {
            Self::Queued => BuildState::Queued,
            Self::Running => BuildState::Running,
            Self::Ended(_) => BuildState::Finished,
        }
    }

    /// The word that `BuildButler` documents for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued | Self::Running => "in_progress",
            Self::Ended(BuildResult::Skipped) => "not_built",
            Self::Ended(result) => result.as_str(),
        }
    }
}

/// How a test ended. What no word says follows from whether it left a message.
pub fn test_status(word: Option<&str>, has_message: bool) -> TestStatus {
    match word.map(plain).unwrap_or_default().as_str() {
        "passed" | "pass" | "success" | "succeeded" | "ok" | "xpass" | "xpassed" => {
            TestStatus::Passed
        }
        "failed" | "fail" | "failure" => TestStatus::Failed,
        "error" | "errored" | "broken" => TestStatus::Errored,
        "skipped" | "skip" | "ignored" | "disabled" | "pending" | "notrun" | "todo" | "xfail"
        | "xfailed" => TestStatus::Skipped,
        _ if has_message => TestStatus::Failed,
        _ => TestStatus::Errored,
    }
}

/// A word without its case and what holds its parts together.
pub fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A text of at most so many bytes.
pub fn bounded(mut text: String, max: usize) -> String {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_either_case_and_unknown_ones_by_what_else_is_told() {
        let ended = Standing::Ended;
        for (word, is_over, expected) in [
            ("SUCCESS", false, ended(BuildResult::Success)),
            ("failure", false, ended(BuildResult::Failure)),
            ("Unstable", false, ended(BuildResult::Unstable)),
            ("ABORTED", false, ended(BuildResult::Aborted)),
            ("NOT_BUILT", false, ended(BuildResult::Skipped)),
            ("BUILDING", true, Standing::Running),
            ("in_progress", true, Standing::Running),
            ("action_required", true, ended(BuildResult::Unknown)),
            ("action_required", false, Standing::Running),
        ] {
            assert_eq!(Standing::of(Some(word), is_over), expected, "{word}");
        }
        assert_eq!(Standing::of(None, true), ended(BuildResult::Unknown));
        assert_eq!(ended(BuildResult::Skipped).as_str(), "not_built");
    }

    #[test]
    fn a_test_ended_as_its_word_says() {
        assert_eq!(test_status(Some("PASSED"), false), TestStatus::Passed);
        assert_eq!(test_status(Some("error"), true), TestStatus::Errored);
        assert_eq!(test_status(Some("Skipped"), true), TestStatus::Skipped);
        for expected in ["todo", "xfail"] {
            assert_eq!(test_status(Some(expected), true), TestStatus::Skipped);
        }
        assert_eq!(test_status(None, true), TestStatus::Failed);
        assert_eq!(test_status(Some("?"), false), TestStatus::Errored);
    }
}
