//! What the envelope of a service hook tells while its sender waits: the answer, and what makes
//! the delivery the same delivery.
//!
//! One pass proves the body to be JSON. The resource is looked into only where something hangs on
//! it: a word of the documented samples in the body, or a key that allows some projects only.
//! Nothing here knows what an event means.

use super::address;
use super::json::Told;
use super::payload::{Container, Containers, Envelope, Glance, Project, Repository};
use crate::model::{Answer, Provider};
use crate::providers::{HookRequest, Identity, Peek, Route};

/// Event types that make or change a build record.
const BUILD_TYPES: [&str; 6] = [
    "build.complete",
    "ms.vss-pipelines.run-state-changed-event",
    "ms.vss-pipelines.stage-state-changed-event",
    "ms.vss-pipelines.job-state-changed-event",
    "ms.vss-pipelinechecks-events.approval-pending",
    "ms.vss-pipelinechecks-events.approval-completed",
];

/// A subscription id is any text; one longer than this is kept as its digest.
const SUBSCRIPTION_LEN_MAX: usize = 64;

/// What is kept of an event type; the longest real one has 48 characters.
const EVENT_TYPE_LEN_MAX: usize = 200;

/// Look at the envelope: which answer, which identity.
#[must_use]
pub fn peek(request: &HookRequest<'_>) -> Peek {
    let envelope = match read(request.body) {
        Ok(envelope) => envelope,
        Err(reason) => return unreadable(request, reason),
    };
    let seen = if may_name_a_sample(request.body) { glance(&envelope) } else { Glance::default() };
    let test = test_mark(envelope.containers.as_ref(), &seen);
    let Some(event_type) = envelope.event_type.as_deref() else {
        let reason = "the body has no event type: `eventType` is missing or not a text".to_owned();
        let mut peek = unreadable(request, reason);
        if let Some(mark) = test {
            peek.provider = Provider::AzureDevops;
            peek.answer = Answer::Test;
            peek.reason = Some(mark);
        }
        return peek;
    };
    let event_type_kept = cut(event_type, EVENT_TYPE_LEN_MAX);
    let (answer, reason) = match test {
        Some(mark) => (Answer::Test, Some(mark)),
        None if BUILD_TYPES.contains(&event_type) => (Answer::Stored, None),
        None => {
            let reason = format!("event type `{event_type_kept}` makes no build record");
            (Answer::Skipped, Some(reason))
        }
    };
    Peek {
        provider: Provider::AzureDevops,
        answer,
        reason,
        identity: identity(&envelope, event_type, request.body),
        event_type: Some(event_type_kept.to_owned()),
        publisher: envelope.publisher_id,
    }
}

/// Whether an address in a body may be one of the samples: a look at its bytes costs a hundredth of
/// reading the resource. An escape may spell anything.
fn may_name_a_sample(body: &[u8]) -> bool {
    const WORD: &[u8] = address::SAMPLE_HOST.as_bytes();
    // `k` is the rarest letter of the word, in hexadecimal ids above all.
    const RAREST: usize = 5;
    memchr::memchr2_iter(WORD[RAREST], WORD[RAREST].to_ascii_uppercase(), body).any(|at| {
        at.checked_sub(RAREST)
            .and_then(|begin| body.get(begin..begin + WORD.len()))
            .is_some_and(|found| found.eq_ignore_ascii_case(WORD))
    }) || memchr::memmem::find(body, b"\\u").is_some()
}

/// Read the envelope of a body. What is wrong is told in a sentence for its sender.
pub(super) fn read(body: &[u8]) -> Result<Envelope<'_>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| {
        format!("the body is not UTF-8: byte {} fits nothing", error.valid_up_to())
    })?;
    let told: Told<Envelope<'_>> =
        serde_json::from_str(text).map_err(|error| format!("the body is not JSON: {error}"))?;
    told.0.ok_or_else(|| "the body is not a JSON object".to_owned())
}

/// Look at the addresses and projects of the resource, whatever its type.
pub(super) fn glance(envelope: &Envelope<'_>) -> Glance {
    let told = envelope.resource.map(|raw| serde_json::from_str::<Told<Glance>>(raw.get()));
    // A resource that is sound JSON but cannot be read (a half of a surrogate pair in a text) is
    // the decoder's to judge.
    told.and_then(Result::ok).and_then(|told| told.0).unwrap_or_default()
}

/// Why a delivery is only a test or a documented sample, if it is one. A subscription of zeros
/// alone is no mark: hand-written senders use it too.
pub(super) fn test_mark(told: Option<&Containers>, glance: &Glance) -> Option<String> {
    let is_sample_container = |container: &&Container| {
        container.base_url.is_none() && container.id.as_deref().is_some_and(address::is_sample_id)
    };
    if containers(told).any(|container| is_sample_container(&container)) {
        return Some("test delivery: it comes from the containers of the test button".to_owned());
    }
    let bases = containers(told).filter_map(|container| container.base_url.as_deref());
    let sample = bases.chain(addresses(glance)).find(|url| address::is_sample(url))?;
    let host = cut(address::host(sample)?, 80);
    Some(format!("test delivery: `{host}` is a host of the documentation's samples"))
}

/// The containers that are there, the one that tells most of its source first.
pub(super) fn containers(told: Option<&Containers>) -> impl Iterator<Item = &Container> {
    told.into_iter()
        .flat_map(|told| [&told.collection, &told.account, &told.project])
        .filter_map(Option::as_ref)
}

/// The addresses of a resource and of what it belongs to.
pub(super) fn addresses(glance: &Glance) -> impl Iterator<Item = &str> {
    let pull_request = glance.pull_request.as_ref();
    let own = [
        glance.url.as_deref(),
        glance.run_url.as_deref(),
        pull_request.and_then(|it| it.url.as_deref()),
        glance.project.as_ref().and_then(|it| it.url.as_deref()),
    ];
    let repositories = [
        glance.repository.as_ref(),
        pull_request.and_then(|it| it.repository.as_ref()),
        glance.source_repository.as_ref(),
        glance.target_repository.as_ref(),
    ];
    let parts = [
        glance.run.as_ref(),
        glance.stage.as_ref(),
        glance.job.as_ref(),
        glance.release.as_ref(),
        glance.environment.as_ref().and_then(|it| it.release.as_ref()),
    ];
    let pages = [glance.links.as_ref()].into_iter().chain(parts.map(|it| it?.links.as_ref()));
    own.into_iter()
        .chain(repositories.map(|it| it?.url.as_deref()))
        .chain(parts.map(|it| it?.url.as_deref()))
        .chain(pages.map(|links| links?.web.as_ref()?.href.as_deref()))
        .flatten()
}

/// Project GUIDs and names that the delivery names, for keys that allow some projects only.
#[must_use]
pub fn projects(request: &HookRequest<'_>) -> Vec<String> {
    read(request.body).map(|envelope| projects_of(&envelope)).unwrap_or_default()
}

fn projects_of(envelope: &Envelope<'_>) -> Vec<String> {
    let (told, glance) = (envelope.containers.as_ref(), glance(envelope));
    let container = told.and_then(|it| it.project.as_ref());
    let pull_request = glance.pull_request.as_ref();
    let fields = glance.fields.as_ref();
    let old_fields = glance.revision.as_ref().and_then(|it| it.fields.as_ref());
    let objects: [Option<&Project>; 6] = [
        glance.project.as_ref(),
        glance.definition.as_ref().and_then(|it| it.project.as_ref()),
        project_of(glance.repository.as_ref()),
        project_of(pull_request.and_then(|it| it.repository.as_ref())),
        project_of(glance.source_repository.as_ref()),
        project_of(glance.target_repository.as_ref()),
    ];
    let mut projects: Vec<String> = Vec::new();
    let mut add = |project: Option<String>| {
        if let Some(project) = project.filter(|project| !projects.contains(project)) {
            projects.push(project);
        }
    };
    add(container.and_then(|it| address::guid(it.id.as_deref()?)));
    add(glance.project_id.as_deref().and_then(address::guid));
    for project in objects.into_iter().flatten() {
        add(project.id.as_deref().and_then(address::guid));
        add(project.name.clone());
    }
    add(glance.url.as_deref().and_then(address::project));
    add(fields.and_then(|it| it.name.clone()));
    add(old_fields.and_then(|it| it.name.clone()));
    projects
}

fn project_of(repository: Option<&Repository>) -> Option<&Project> {
    repository?.project.as_ref()
}

/// Deliveries are counted per subscription, so only both together tell one from another. The event
/// and its type belong to it as well: documented samples share ids over types.
fn identity(envelope: &Envelope<'_>, event_type: &str, body: &[u8]) -> Identity {
    let parts = (
        envelope.subscription_id.as_deref().filter(|id| !is_zero(id)),
        envelope.notification_id,
        envelope.id.as_deref(),
    );
    let (Some(subscription), Some(notification), Some(event)) = parts else {
        let parts = [event_type.as_bytes(), body];
        return Identity::of_body("azure:body", envelope.created_date, &parts);
    };
    // A GUID is the same in either case; any other text is not.
    let mut subscription = subscription.trim().to_owned();
    if uuid::Uuid::try_parse(&subscription).is_ok() {
        subscription.make_ascii_lowercase();
    }
    if subscription.len() > SUBSCRIPTION_LEN_MAX {
        subscription = format!("#{}", hex::encode(Identity::digest(&[subscription.as_bytes()])));
    }
    Identity {
        scope: format!("azure:{subscription}"),
        ordinal: notification,
        digest: Identity::digest(&[event.as_bytes(), event_type.as_bytes()]),
    }
}

/// Whether an id is all zeros, as the subscription of a test that was never saved.
pub(super) fn is_zero(id: &str) -> bool {
    id.trim().chars().all(|c| matches!(c, '0' | '-'))
}

/// A body that is no envelope: on the service's own routes something is wrong with it, on a
/// channel it is simply someone else's.
fn unreadable(request: &HookRequest<'_>, reason: String) -> Peek {
    let (provider, answer, reason, scope) = if request.route == Route::Channel {
        let reason = format!("kept whole, no envelope of Azure DevOps: {reason}");
        (Provider::Other, Answer::Skipped, reason, "channel:body")
    } else {
        (Provider::AzureDevops, Answer::Parked, reason, "azure:body")
    };
    Peek {
        provider,
        answer,
        reason: Some(reason),
        event_type: None,
        identity: Identity::of_body(scope, None, &[request.body]),
        publisher: None,
    }
}

/// At most `len` bytes of a text, cut between characters.
fn cut(text: &str, len: usize) -> &str {
    if text.len() <= len {
        return text;
    }
    let end = (0..=len).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests;
