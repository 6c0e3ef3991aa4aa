//! From a whole body to a reading: which family reads it, where it comes from, how much it told.

use serde_json::value::RawValue;

use super::address::{self, Base};
use super::details::details;
use super::json::{Shape, Told};
use super::payload::{Envelope, Glance};
use super::{builds, git, hook, pipelines, releases, work_items};
use crate::model::{
    BuildFact, Event, EventKind, Provider, Reading, SourceKey, SourceRef, SourceScheme,
    StateChange, StepFact, Subject, SubjectFact, Timestamp, Unreadable,
};
use crate::providers::{self, HookRequest};

/// Grows with every change that reads an old body differently.
pub const VERSION: i64 = 1;

/// What the families of events read from: the envelope, interpreted, and the resource.
pub(super) struct Delivery<'a> {
    pub event_type: &'a str,
    /// When the service made the message.
    pub created_at: Option<Timestamp>,
    pub source: SourceRef,
    /// Of the project container, or of the resource's own address.
    pub project_id: Option<String>,
    resource: Option<&'a RawValue>,
}

/// What a family of events makes of a delivery.
pub(super) struct Outline {
    pub kind: EventKind,
    /// When it happened; the time of the message where the resource does not say.
    pub at: Option<Timestamp>,
    pub subject: Option<Subject>,
    pub build: Option<BuildFact>,
    pub steps: Vec<StepFact>,
    pub subjects: Vec<SubjectFact>,
    pub changes: Vec<StateChange>,
}

impl Outline {
    /// An event that says nothing yet but what kind it is of.
    pub fn of(kind: EventKind) -> Self {
        Self {
            kind,
            at: None,
            subject: None,
            build: None,
            steps: Vec::new(),
            subjects: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// An event about a subject that is no build, with what it says of it.
    pub fn about(kind: EventKind, at: Option<Timestamp>, fact: Option<SubjectFact>) -> Self {
        let subject = fact.as_ref().map(|fact| Subject::Other(fact.subject.clone()));
        Self { at, subject, subjects: fact.into_iter().collect(), ..Self::of(kind) }
    }
}

impl Delivery<'_> {
    /// The resource as the shape its event type promises. A subscription that asks for no details
    /// sends none; then nothing is told of anything.
    pub fn resource<T: for<'de> Shape<'de>>(&self) -> Result<T, Unreadable> {
        let Some(raw) = self.resource else { return Ok(T::default()) };
        let told: Told<T> = providers::parse(raw.get().as_bytes()).map_err(|error| {
            let path = format!("resource.{}", error.path);
            Unreadable { path: path.trim_end_matches(['.', '?']).to_owned(), ..error }
        })?;
        told.0.ok_or_else(|| Unreadable {
            path: "resource".to_owned(),
            reason: "expected an object".to_owned(),
        })
    }
}

/// Read a stored request.
///
/// # Errors
/// Only for a body that is no envelope at all, or whose resource is no object; anything that is
/// merely missing or odd is read as not told.
pub fn decode(request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    let envelope =
        hook::read(request.body).map_err(|reason| Unreadable { reason, path: ".".to_owned() })?;
    let Some(event_type) = envelope.event_type.as_deref() else {
        let reason = "missing, or not a text".to_owned();
        return Err(Unreadable { reason, path: "eventType".to_owned() });
    };
    let glance = hook::glance(&envelope);
    let delivery = Delivery {
        event_type,
        created_at: envelope.created_date,
        source: source(&envelope, &glance),
        project_id: project_id(&envelope, &glance),
        resource: envelope.resource,
    };
    let outline = outline(&delivery)?;
    let event = Event {
        kind: outline.kind,
        provider_event_id: event_id(&envelope, &glance),
        at: outline.at.or(envelope.created_date),
        source: delivery.source,
        subject: outline.subject,
        details: details(envelope.resource),
    };
    Ok(Reading {
        event,
        build: outline.build,
        steps: outline.steps,
        subjects: outline.subjects,
        changes: outline.changes,
    })
}

/// The family that reads an event type. A type that nobody reads makes an event all the same:
/// rules can name it.
fn outline(delivery: &Delivery<'_>) -> Result<Outline, Unreadable> {
    Ok(match delivery.event_type {
        "build.complete" => builds::completed(delivery, &delivery.resource()?),
        "ms.vss-pipelines.run-state-changed-event" => {
            pipelines::run(delivery, &delivery.resource()?)
        }
        "ms.vss-pipelines.stage-state-changed-event" => {
            pipelines::stage(delivery, &delivery.resource()?)
        }
        "ms.vss-pipelines.job-state-changed-event" => {
            pipelines::job(delivery, &delivery.resource()?)
        }
        "ms.vss-pipelinechecks-events.approval-pending"
        | "ms.vss-pipelinechecks-events.approval-completed" => {
            pipelines::approval(delivery, &delivery.resource()?)
        }
        "git.push" => git::push(delivery, &delivery.resource()?),
        "tfvc.checkin" => git::checkin(delivery, &delivery.resource()?),
        "git.pullrequest.created" | "git.pullrequest.updated" | "git.pullrequest.merged" => {
            git::pull_request(delivery, &delivery.resource()?)
        }
        "ms.vss-code.git-pullrequest-comment-event" => {
            git::comment(delivery, &delivery.resource()?)
        }
        event if event.starts_with("git.repo.") => git::repository(delivery, &delivery.resource()?),
        "workitem.created" | "workitem.updated" | "workitem.deleted" | "workitem.restored"
        | "workitem.commented" => work_items::read(delivery, &delivery.resource()?),
        "ms.vss-release.release-created-event" | "ms.vss-release.release-abandoned-event" => {
            releases::release(delivery, &delivery.resource()?)
        }
        // The second name is that of the AsyncAPI description; the service never sends it.
        "ms.vss-release.deployment-started-event"
        | "ms.vss-release.deployment-completed-event"
        | "release.deployment.completed" => releases::deployment(delivery, &delivery.resource()?),
        "ms.vss-release.deployment-approval-pending-event"
        | "ms.vss-release.deployment-approval-completed-event" => {
            releases::approval(delivery, &delivery.resource()?)
        }
        event if event.starts_with("ms.vss-alerts.") => Outline::of(EventKind::AlertChanged),
        _ => Outline::of(EventKind::Other),
    })
}

/// Where it comes from. GUIDs identify; a name does only when it is a cloud organisation's.
fn source(envelope: &Envelope<'_>, glance: &Glance) -> SourceRef {
    let containers = envelope.containers.as_ref();
    let collection = containers.and_then(|it| it.collection.as_ref());
    let account = containers.and_then(|it| it.account.as_ref());
    let base = base(envelope, glance);
    let organisation =
        base.as_ref().filter(|base| base.is_cloud).and_then(|base| base.name.clone());
    let keys = [
        (SourceScheme::Collection, collection.and_then(|it| address::guid(it.id.as_deref()?))),
        (SourceScheme::Account, account.and_then(|it| address::guid(it.id.as_deref()?))),
        (SourceScheme::Name, organisation.map(|name| name.to_lowercase())),
    ];
    SourceRef {
        provider: Provider::AzureDevops,
        keys: keys
            .into_iter()
            .filter_map(|(scheme, key)| Some(SourceKey { scheme, key: key? }))
            .collect(),
        name: base.as_ref().and_then(|base| base.name.clone()),
        base_url: base.map(|base| base.url),
    }
}

/// The base address: of the containers, a named one first; else of a resource in the cloud.
fn base(envelope: &Envelope<'_>, glance: &Glance) -> Option<Base> {
    let mut told = hook::containers(envelope)
        .into_iter()
        .filter_map(|container| address::base(container.base_url.as_deref()?))
        .collect::<Vec<_>>();
    // Stable: among the named ones the collection's word stays first.
    told.sort_by_key(|base| base.name.is_none());
    told.into_iter().next().or_else(|| hook::addresses(glance).find_map(address::organisation))
}

fn project_id(envelope: &Envelope<'_>, glance: &Glance) -> Option<String> {
    let container = envelope.containers.as_ref().and_then(|it| it.project.as_ref());
    container
        .and_then(|it| address::guid(it.id.as_deref()?))
        .or_else(|| hook::addresses(glance).find_map(address::project))
}

/// Id of the happening, by which a second subscription's delivery is known as an echo. Ids of
/// tests and of hand-written bodies repeat, and would make echoes of what are none.
fn event_id(envelope: &Envelope<'_>, glance: &Glance) -> Option<String> {
    let is_real = envelope.subscription_id.as_deref().is_some_and(|id| !hook::is_zero(id))
        && hook::test_mark(envelope, glance).is_none();
    envelope.id.clone().filter(|id| is_real && !hook::is_zero(id))
}
