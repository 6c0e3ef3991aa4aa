//! What the API shows: shapes of its own, converted by hand. A changed model never changes the
//! outside by accident.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Object, RefOr};

use crate::model;

/// A moment: RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Time(model::Timestamp);

impl From<model::Timestamp> for Time {
    fn from(at: model::Timestamp) -> Self {
        Self(at)
    }
}

impl utoipa::PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let object: Object = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 in UTC, to the millisecond"))
            .build();
        RefOr::T(Schema::Object(object))
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "Time".into()
    }
}

/// A time that may be unknown.
#[must_use]
pub fn time(at: Option<model::Timestamp>) -> Option<Time> {
    at.map(Time)
}

/// A closed list of words, mirrored from the model.
macro_rules! words {
    ($(#[$about:meta])* $name:ident from $model:path: $($word:ident)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($word,)*
        }

        impl From<$model> for $name {
            fn from(word: $model) -> Self {
                match word {
                    $(<$model>::$word => Self::$word,)*
                }
            }
        }
    };
}

words! {
    /// Family of a sender.
    Provider from model::Provider: AzureDevops Buildkite Github Gitlab Jenkins Teamcity Circleci Reporter Other
}
words! {
    /// How far a build or step has come. `waiting`: for a person, an approval or an unblock.
    State from model::BuildState: Queued Running Waiting Finished
}
words! {
    /// How a build or step ended.
    Outcome from model::BuildResult: Unknown Skipped Success Unstable Aborted Failure
}
words! {
    /// How a test ended. `errored`: without a verdict, it broke off or timed out.
    TestStatus from model::TestStatus: Passed Failed Errored Skipped
}
words! {
    /// Why it ended so, where the provider tells more.
    OutcomeDetail from model::ResultDetail: Rejected NoAgent Timeout Infrastructure
}
words! {
    StepKind from model::StepKind: Stage Job Task Gate
}
words! {
    IssueKind from model::IssueKind: Warning Error
}
words! {
    /// What the sender was told.
    Answer from model::Answer: Stored Test Skipped Parked
}
words! {
    /// How far asking has come. `unavailable`: it cannot be had until something is changed; `failed`:
    /// given up after all tries.
    AspectState from model::AspectState: Pending Done Unavailable Failed
}
words! {
    /// What is asked of the provider about a build.
    Aspect from model::Aspect: Steps Logs Tests Changes Artifacts Annotations
}
words! {
    AnnotationStyle from model::AnnotationStyle: Success Info Warning Error
}
words! {
    /// What an agent is doing. `paused`: it takes no more jobs, on purpose; `lost`: it went away without
    /// a word; `unknown`: nothing tells.
    AgentState from model::AgentState: Online Busy Paused Offline Lost Unknown
}
words! {
    /// Who told of an agent: the provider when it was asked, a hook, or nobody but the jobs it ran.
    ToldBy from crate::store::sqlite::books::read::agents::ToldBy: Api Hook Jobs Reporter
}
words! {
    SubjectKind from model::SubjectKind:
        PullRequest WorkItem Repository Release Deployment Agent
}
words! {
    /// How much of a resource the hooks bring along.
    Details from model::Details: None Minimal All
}
words! {
    /// What a person may do; each may do what those before it may.
    Role from crate::people::Role: Viewer Editor Admin
}
words! {
    /// What a key may do.
    Scope from crate::keys::Scope: Ingest Read Admin
}

/// One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
/// address with `cursor`.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    /// `null` at the end of the list.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
