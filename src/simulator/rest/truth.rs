//! Why a build failed, in truth: what the dice chose, where it shows, and in which line. Whoever guesses
//! the cause from logs can be measured by it.

use super::{azure, buildkite};
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::Course;

/// Why a build ended badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    pub cause: Cause,
    /// The provider's own id of the failing step: a record of the timeline, or a job.
    pub step: String,
    /// What stands in the line that tells why, of its log or of its issues; `None` where no line does.
    pub line: Option<String>,
}

/// Why the build failed in its last attempt; `None` if it did not.
#[must_use]
pub fn truth(course: &Course) -> Option<Truth> {
    match course {
        Course::Run(run) => azure::truth(run),
        Course::Pipeline(build) => buildkite::truth(build),
        Course::Release(_) | Course::Agent { .. } => None,
    }
}
