//! What the envelope alone tells: the answer to give, and the delivery's identity.

use crate::model::{Answer, Provider, Unreadable};
use crate::providers::members::Members;
use crate::providers::{HookRequest, Peek, opaque};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Pipeline,
    Job,
    Other,
}

impl Topic {
    /// By the body's own word, which for jobs is older than that of the header.
    pub(super) fn of(members: &Members<'_>) -> Self {
        match members.text("object_kind").as_deref() {
            Some("pipeline") => Self::Pipeline,
            Some("build" | "job") => Self::Job,
            _ => Self::Other,
        }
    }
}

/// Look at the envelope. Deliveries are told apart by GitLab's own id, else by their body.
#[must_use]
pub fn peek(request: &HookRequest<'_>) -> Peek {
    let peek = opaque(request, Provider::Gitlab, "x-gitlab-event", "idempotency-key");
    let (answer, reason) = match Members::of_body(request.body) {
        Err(Unreadable { reason, .. }) => {
            (Answer::Skipped, Some(format!("kept whole: the body cannot be read: {reason}")))
        }
        Ok(members) => match Topic::of(&members) {
            Topic::Pipeline | Topic::Job => (Answer::Stored, None),
            Topic::Other => {
                let reason = "kept whole: it tells of no pipeline and of no job";
                (Answer::Skipped, Some(reason.to_owned()))
            }
        },
    };
    Peek { answer, reason, ..peek }
}
