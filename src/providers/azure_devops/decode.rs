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
pub const VERSION: i64 = 3;

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
        let told = match serde_json::from_str::<Told<T>>(raw.get()) {
            Ok(told) => told.0,
            // Read once more, this time with an eye on the path; that costs too much to do always.
            Err(_) => providers::parse::<Told<T>>(raw.get().as_bytes()).map_err(in_resource)?.0,
        };
        told.ok_or_else(|| Unreadable {
            path: "resource".to_owned(),
            reason: "expected an object".to_owned(),
        })
    }
}

fn in_resource(error: Unreadable) -> Unreadable {
    let path = format!("resource.{}", error.path);
    Unreadable { path: path.trim_end_matches(['.', '?']).to_owned(), ..error }
}

/// Read a stored request.
///
/// # Errors
/// Only for a body that is no envelope at all, whose resource is no object, or that has something
/// other than a build's id in its place; anything else that is missing or odd is read as not told.
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
        names: Vec::new(),
        filing: None,
    })
}

/// The family that reads an event type. A type that nobody reads makes an event all the same:
/// rules can name it.
fn outline(delivery: &Delivery<'_>) -> Result<Outline, Unreadable> {
    Ok(match delivery.event_type {
        "build.complete" => builds::completed(delivery, &delivery.resource()?)?,
        "ms.vss-pipelines.run-state-changed-event" => {
            pipelines::run(delivery, &delivery.resource()?)?
        }
        "ms.vss-pipelines.stage-state-changed-event" => {
            pipelines::stage(delivery, &delivery.resource()?)?
        }
        "ms.vss-pipelines.job-state-changed-event" => {
            pipelines::job(delivery, &delivery.resource()?)?
        }
        "ms.vss-pipelinechecks-events.approval-pending"
        | "ms.vss-pipelinechecks-events.approval-completed" => {
            pipelines::approval(delivery, &delivery.resource()?)?
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
        // The second name is that of the `AsyncAPI` description; the service never sends it.
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

/// Whom a delivery comes from, also where the rest of it cannot be read.
pub fn origin(request: &HookRequest<'_>) -> Option<SourceRef> {
    let envelope = hook::read(request.body).ok()?;
    let glance = hook::glance(&envelope);
    Some(source(&envelope, &glance))
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

/// The base address: of the containers, one that leads to a collection first; else of a resource in
/// the cloud.
fn base(envelope: &Envelope<'_>, glance: &Glance) -> Option<Base> {
    let mut told = hook::containers(envelope.containers.as_ref())
        .filter_map(|container| address::base(container.base_url.as_deref()?))
        .collect::<Vec<_>>();
    // Stable: among equals the collection's word stays first.
    told.sort_by_key(|base| (!base.is_whole, base.name.is_none()));
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
        && hook::test_mark(envelope.containers.as_ref(), glance).is_none();
    envelope.id.clone().filter(|id| is_real && !hook::is_zero(id))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Details;
    use crate::providers::azure_devops::fixtures::{
        arriving, bent, body, read, read_fixture, try_read,
    };

    fn keys(body: &Value) -> Vec<String> {
        let source = read(body).event.source;
        source.keys.iter().map(|it| format!("{}={}", it.scheme.as_str(), it.key)).collect()
    }

    #[test]
    fn a_cloud_organisation_is_known_by_its_guids_and_its_name() {
        let source = read_fixture("build_complete").event.source;
        assert_eq!(source.name.as_deref(), Some("lumen-works"));
        assert_eq!(source.base_url.as_deref(), Some("https://dev.azure.com/lumen-works"));
        let expected = [
            "collection=7d1f3c52-0b8e-4a6d-9c11-2f6b8a90e3d4",
            "account=b4a2e6f0-95c7-4e1b-8d33-71c0fa5e2b69",
            "name=lumen-works",
        ];
        assert_eq!(keys(&body("build_complete")), expected);
    }

    #[test]
    fn a_collection_on_premises_is_known_by_its_guid_alone() {
        let body = body("work_item_created_on_premises");
        let source = read(&body).event.source;
        assert_eq!(source.name.as_deref(), Some("Quay"));
        assert_eq!(source.base_url.as_deref(), Some("https://tfs.lumen.test/tfs/Quay"));
        assert_eq!(keys(&body), ["collection=c2f06d18-a97b-4e53-8f24-d0b7193ea6c5"]);
    }

    #[test]
    fn a_bare_server_address_names_at_most_its_directory() {
        let bare = json!("https://tfs.lumen.test/tfs/");
        let both = [
            ("/resourceContainers/collection/baseUrl", bare.clone()),
            ("/resourceContainers/project/baseUrl", bare),
        ];
        let source = read(&bent("work_item_created_on_premises", &both)).event.source;
        assert_eq!(source.name.as_deref(), Some("tfs"));
        assert_eq!(source.base_url.as_deref(), Some("https://tfs.lumen.test/tfs"));
    }

    #[test]
    fn without_containers_the_resource_tells_the_organisation() {
        let alone = bent("push", &[("/resourceContainers", json!(null))]);
        assert_eq!(keys(&alone), ["name=lumen-works"]);
        let url = json!("https://Lumen-Works.visualstudio.com/_apis/git/repositories/1/pushes/2");
        let old = bent(
            "push",
            &[
                ("/resourceContainers", json!(null)),
                ("/resource/repository", json!(null)),
                ("/resource/url", url),
            ],
        );
        let source = read(&old).event.source;
        assert_eq!(source.base_url.as_deref(), Some("https://lumen-works.visualstudio.com"));
        assert_eq!(keys(&old), ["name=lumen-works"]);
    }

    #[test]
    fn placeholders_identify_nobody() {
        let zeros = json!("00000000-0000-0000-0000-000000000000");
        let placeholders = bent(
            "push",
            &[
                ("/resourceContainers/collection/id", zeros),
                ("/resourceContainers/account/id", json!("...")),
                ("/resourceContainers/collection/baseUrl", json!("...")),
            ],
        );
        assert_eq!(keys(&placeholders), ["name=lumen-works"]);
    }

    #[test]
    fn the_event_id_counts_unless_the_delivery_is_a_test_or_comes_from_nobody() {
        let id = |body: &Value| read(body).event.provider_event_id;
        assert_eq!(id(&body("push")).as_deref(), Some("51ab003d-3d5b-4c7e-9f12-a60b8d4c2e71"));
        assert_eq!(id(&body("test_button")), None);
        let zeros = json!("00000000-0000-0000-0000-000000000000");
        assert_eq!(id(&bent("push", &[("/subscriptionId", zeros)])), None);
        assert_eq!(id(&bent("push", &[("/subscriptionId", json!(null))])), None);
    }

    #[test]
    fn how_much_a_subscription_sends_is_seen() {
        let details = |name: &str| read_fixture(name).event.details;
        assert_eq!(details("build_complete"), Details::All);
        assert_eq!(details("build_complete_minimal"), Details::Minimal);
        assert_eq!(details("build_complete_without_resource"), Details::None);
        let minimal = json!({
            "pullRequestId": 62, "url": "https://dev.azure.com/lumen-works/_apis/62",
            "repository": {"id": "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5", "project": null, "url": "u"},
            "reviewers": [], "_links": {"web": {"href": "h"}}
        });
        let body = bent("pull_request_merged", &[("/resource", minimal)]);
        assert_eq!(read(&body).event.details, Details::Minimal);
    }

    #[test]
    fn an_unknown_type_is_an_event_of_no_kind() {
        for event_type in ["no.such-event", "agentqueue.created", "message.posted"] {
            let reading = read(&bent("push", &[("/eventType", json!(event_type))]));
            assert_eq!(reading.event.kind, EventKind::Other, "{event_type}");
            assert_eq!(reading.event.subject, None);
        }
        let alert = json!("ms.vss-alerts.alert-state-changed-event");
        let reading = read(&bent("push", &[("/eventType", alert)]));
        assert_eq!(reading.event.kind, EventKind::AlertChanged);
    }

    #[test]
    fn a_resource_that_is_no_object_cannot_be_read() {
        for resource in [json!("build 5"), json!([1]), json!(5)] {
            let body = bent("build_complete", &[("/resource", resource)]);
            let error = try_read(&body).unwrap_err();
            assert_eq!(error.to_string(), "expected an object at resource");
        }
    }

    #[test]
    fn a_body_that_is_no_envelope_cannot_be_read() {
        let error = try_read(&json!([])).unwrap_err();
        assert_eq!(
            (error.path.as_str(), error.reason.as_str()),
            (".", "the body is not a JSON object")
        );
        let error = try_read(&json!({"resource": {}})).unwrap_err();
        assert_eq!(error.path, "eventType");
    }

    #[test]
    fn a_text_that_is_no_text_is_told_with_its_path() {
        let text = body("build_complete").to_string().replace("20260213.4", "\\ud83d");
        let request = arriving(providers::Route::Azure, text.as_bytes());
        assert_eq!(decode(&request).unwrap_err().path, "resource.buildNumber");
    }

    #[test]
    fn without_a_time_of_its_own_an_event_has_that_of_its_message() {
        let at = |name: &str| read_fixture(name).event.at.unwrap().to_string();
        assert_eq!(at("build_complete"), "2026-02-13T14:29:01.441Z");
        assert_eq!(at("build_complete_without_resource"), "2026-02-13T14:29:03.400Z");
        let odd = bent("push", &[("/resource/date", json!("0001-01-01T00:00:00"))]);
        assert_eq!(read(&odd).event.at.unwrap().to_string(), "2026-02-13T14:20:08.200Z");
    }
}
