//! The words of Azure DevOps service hooks: every shape we know, and what its words mean.
//!
//! All members are optional (see [`super::json`]); which of them count for what is decided in the
//! files that read them. No word of these pages is seen outside this room.

mod builds;
mod code;
mod releases;
mod work;

pub use builds::{
    Build, BuildId, Definition, PipelineEvent, Pool, Queue, Run, Stage, UsedRepository,
};
pub use code::{Checkin, CommentEvent, PullRequest, Push, Repository, RepositoryEvent};
pub use releases::{Environment, Release, ReleaseEvent};
pub use work::{Field, Fields, WorkItem};

use serde_json::value::RawValue;

use super::json::shape;
use crate::model::{BuildResult, ResultDetail, Timestamp};

shape! {
    /// The envelope every delivery has. The resource is read once its type is known.
    Envelope<'a> {
        subscription_id: String = "subscriptionId",
        /// Counts per subscription.
        notification_id: i64 = "notificationId",
        /// Of the event: shared by all subscriptions that match it, kept by retries.
        id: String = "id",
        event_type: String = "eventType",
        publisher_id: String = "publisherId",
        /// Absent when the subscription asks for no details.
        resource: &'a RawValue = "resource",
        containers: Containers = "resourceContainers",
        created_date: Timestamp = "createdDate",
    }
}

shape! {
    /// Where an event comes from. On premises there is a `server` in place of the `account`; one
    /// server holds many collections, so it identifies nothing here.
    Containers {
        collection: Container = "collection",
        account: Container = "account",
        project: Container = "project",
    }
}

shape! {
    Container {
        id: String = "id",
        /// In real deliveries only.
        base_url: String = "baseUrl",
    }
}

shape! {
    /// What the envelope's reader wants of a resource of any type: its addresses, which tell a
    /// sample from the real thing, and its projects.
    Glance {
        url: String = "url",
        project_id: String = "projectId",
        project: Project = "project",
        definition: Definition = "definition",
        repository: Repository = "repository",
        source_repository: Repository = "sourceRepository",
        target_repository: Repository = "targetRepository",
        pull_request: GlancedPullRequest = "pullRequest",
        run: Addressed = "run",
        stage: Addressed = "stage",
        job: Addressed = "job",
        run_url: String = "runUrl",
        environment: GlancedEnvironment = "environment",
        release: Addressed = "release",
        fields: TeamProject = "fields",
        revision: GlancedRevision = "revision",
        links: Links = "_links",
    }
}

shape! {
    GlancedPullRequest {
        url: String = "url",
        repository: Repository = "repository",
    }
}

shape! {
    GlancedEnvironment {
        release: Addressed = "release",
    }
}

shape! {
    GlancedRevision {
        fields: TeamProject = "fields",
    }
}

shape! {
    TeamProject {
        name: String = "System.TeamProject",
    }
}

shape! {
    Addressed {
        url: String = "url",
        links: Links = "_links",
    }
}

shape! {
    Links {
        web: Link = "web",
        html: Link = "html",
        this: Link = "self",
        parent: Link = "parent",
    }
}

shape! {
    Link {
        href: String = "href",
    }
}

shape! {
    Project {
        id: String = "id",
        name: String = "name",
        url: String = "url",
    }
}

shape! {
    /// A person, a group or a service.
    Identity {
        display_name: String = "displayName",
    }
}

/// Compare a word of the provider's: it is not consistent in its capitals (`Succeeded` in
/// filters, `succeeded` in payloads).
pub fn is(word: Option<&str>, expected: &str) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(expected))
}

/// The result of a build, a run, a stage or a job. `None` for a word that we do not know.
pub fn result(word: &str) -> Option<BuildResult> {
    const WORDS: [(&str, BuildResult); 11] = [
        ("succeeded", BuildResult::Success),
        ("partiallySucceeded", BuildResult::Unstable),
        ("succeededWithIssues", BuildResult::Unstable),
        ("failed", BuildResult::Failure),
        // An approval or a check said no: nothing was deployed, and that is no success.
        ("rejected", BuildResult::Failure),
        ("canceled", BuildResult::Aborted),
        // Of version 1.0; `cancelled` is never sent, but often written by hand.
        ("stopped", BuildResult::Aborted),
        ("cancelled", BuildResult::Aborted),
        ("abandoned", BuildResult::Aborted),
        ("skipped", BuildResult::Skipped),
        ("none", BuildResult::Unknown),
    ];
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, result)| *result)
}

/// Why it ended so, where the word itself says it.
pub fn detail(word: Option<&str>) -> Option<ResultDetail> {
    is(word, "rejected").then_some(ResultDetail::Rejected)
}
