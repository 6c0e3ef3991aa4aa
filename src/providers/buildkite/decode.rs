//! From a stored request to one [`Reading`].
//!
//! The event's name says what is told of; the objects in the body say it. Where the two disagree
//! the objects are right: a body holds the state at the time of sending, not of the event.

use super::address::{self, Address};
use super::hook::{self, Topic};
use super::payload::Body;
use super::{agents, builds, jobs};
use crate::model::{
    Details, Event, EventKind, Provider, Reading, SourceKey, SourceRef, SourceScheme, Timestamp,
    Unreadable,
};
use crate::providers::HookRequest;

/// Grows with every change that reads an old body differently.
pub const VERSION: i64 = 3;

/// Read a stored webhook.
pub fn decode(request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    let body = Body::read(request.body)?;
    let detail_type = body.detail_type.as_deref();
    let event_type = hook::event_type(request, body.event.as_deref(), detail_type)
        .ok_or_else(|| missing("event"))?;
    match Topic::of(event_type, detail_type.is_some()) {
        Topic::Build => builds::read(event_type, &body).and_then(|read| of_something(read, &body)),
        Topic::Job => jobs::read(event_type, &body).and_then(|read| of_something(read, &body)),
        Topic::Agent => agents::read(event_type, &body),
        Topic::Ping | Topic::ClusterToken | Topic::EventBridge | Topic::Unknown => {
            Ok(without_facts(EventKind::Other, &body))
        }
    }
}

/// A build belongs to a pipeline. A body that names neither one nor an organization, in no link and
/// by no word, would make a build of nobody.
fn of_something(reading: Reading, body: &Body) -> Result<Reading, Unreadable> {
    let names_pipeline =
        body.pipeline().is_some_and(|pipeline| pipeline.slug.is_some() || pipeline.name.is_some());
    if names_pipeline || !reading.event.source.keys.is_empty() {
        return Ok(reading);
    }
    Err(Unreadable {
        reason: "neither a pipeline nor an organization is named: nobody can tell whose it is"
            .to_owned(),
        path: ".".to_owned(),
    })
}

/// Whom a webhook comes from, also where the rest of it cannot be read.
pub fn origin(request: &HookRequest<'_>) -> Option<SourceRef> {
    Body::read(request.body).ok().map(|body| source(&body))
}

/// A reading that says only that something happened.
pub(super) fn without_facts(kind: EventKind, body: &Body) -> Reading {
    Reading {
        event: Event {
            kind,
            provider_event_id: None,
            at: None,
            source: source(body),
            subject: None,
            details: Details::All,
        },
        build: None,
        steps: Vec::new(),
        subjects: Vec::new(),
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    }
}

/// Buildkite numbers no event. Two services that match one happening send equal words about it, so
/// those words are its id: event, subject, state, and the time that belongs to the state. Without a
/// time there is none, since the same words can be true twice.
pub(super) fn event_id(
    event_type: &str,
    subject: &str,
    state: &str,
    at: Option<Timestamp>,
) -> Option<String> {
    at.map(|at| format!("{event_type}:{subject}:{state}:{at}"))
}

/// The organisation. Bodies of builds and jobs name it in their links only.
pub(super) fn source(body: &Body) -> SourceRef {
    let (build, job, agent) = (body.build.as_ref(), body.job.as_ref(), body.agent.as_ref());
    let in_detail = body.detail.as_ref().and_then(|detail| detail.organization.as_ref());
    let organization = body.organization.as_ref().or(in_detail);
    let (pipeline, token) = (body.pipeline(), body.cluster_token.as_ref());

    // The build's own address comes first: samples are put together of several builds.
    let of_build = addresses(&[
        build.and_then(|build| build.url.as_deref()),
        build.and_then(|build| build.web_url.as_deref()),
    ]);
    let of_others = addresses(&[
        organization.and_then(|organization| organization.url.as_deref()),
        organization.and_then(|organization| organization.web_url.as_deref()),
        agent.and_then(|agent| agent.url.as_deref()),
        agent.and_then(|agent| agent.web_url.as_deref()),
        pipeline.and_then(|pipeline| pipeline.url.as_deref()),
        pipeline.and_then(|pipeline| pipeline.web_url.as_deref()),
        job.and_then(|job| job.build_url.as_deref()),
        job.and_then(|job| job.web_url.as_deref()),
        token.and_then(|token| token.url.as_deref()),
        token.and_then(|token| token.cluster_url.as_deref()),
    ]);
    let slug = of_build
        .first()
        .map(|address| address.organization)
        .or_else(|| organization.and_then(|organization| organization.slug.as_deref()))
        .or_else(|| of_others.first().map(|address| address.organization));
    let base_url = of_build
        .iter()
        .chain(&of_others)
        .filter(|address| slug.is_some_and(|slug| slug.eq_ignore_ascii_case(address.organization)))
        .find_map(|address| address.base_url.clone());
    SourceRef {
        provider: Provider::Buildkite,
        keys: slug
            .map(|slug| SourceKey { scheme: SourceScheme::Name, key: slug.to_lowercase() })
            .into_iter()
            .collect(),
        name: slug.map(str::to_owned),
        base_url,
    }
}

fn addresses<'a>(links: &[Option<&'a str>]) -> Vec<Address<'a>> {
    links.iter().flatten().filter_map(|link| address::read(link)).collect()
}

/// What a body lacks to be read at all.
pub(super) fn missing(path: &str) -> Unreadable {
    Unreadable { reason: format!("{path} is missing"), path: path.to_owned() }
}
