//! The vocabulary: what Creel talks about, without I/O and without any provider's words.
//!
//! An [`Event`] is one reading of one journal entry. It comes with facts ([`BuildFact`],
//! [`StepFact`], [`SubjectFact`]); a record is the fold of its facts ([`BuildFold`], [`StepFold`],
//! [`SubjectFold`]). Every fold keeps, slot by slot, the word of greatest standing ([`Said`]), so
//! absorbing is commutative, associative and idempotent: any order and any repetition of the same
//! facts ends in the same record.

mod access;
mod audit;
mod build;
mod ci;
mod delivery;
mod enrichment;
mod event;
mod figures;
pub mod forecast;
mod id;
mod retention;
mod said;
mod source;
mod step;
mod subject;
mod time;
mod told;

pub use access::{AccessId, AccessKind, AccessTrouble, Purpose};
pub use audit::{Action, Actor, By, Deed, Thing};
pub use build::{
    ANSWERED, Approval, Authority, Build, BuildFact, BuildFold, BuildResult, BuildState, Cause,
    Completion, Jobs, Phase, PipelineSaid, PullRequest, ResultDetail, StepSummary,
};
pub use ci::{Ci, Part, Shard};
pub use delivery::{Identity, Route};
pub use enrichment::{Aspect, AspectState, Errand, ErrandKind, FRESH_MS, Rank};
pub use event::{Answer, Event, EventKind, FilingKind, Reading, Subject, Unreadable};
pub use figures::percentile;
pub use id::{BuildId, CommitNo, EntryId, KeyId, PersonId, SessionId, SourceId};
pub use retention::DataClass;
pub use said::Said;
pub use source::{Details, Provider, SourceKey, SourceRef, SourceScheme};
pub use step::{
    Issue, IssueKind, Step, StepFact, StepFold, StepKind, StepLine, StepRef, attempts,
    settle_stages, summarise,
};
pub use subject::{
    Deployment, StateChange, SubjectFact, SubjectFold, SubjectKind, SubjectRecord, SubjectRef,
};
pub use time::{Timestamp, span_ms};
pub use told::{
    Agent, AgentJob, AgentState, Annotation, AnnotationStyle, Artifact, Change, LogListed, Pool,
    SecurityReport, Severity, TestResult, TestRun, TestStatus, TestTotals, TokenInfo, Told,
    ToldAgent,
};
