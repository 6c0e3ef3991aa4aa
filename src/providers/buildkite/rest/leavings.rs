//! What the jobs of a build leave on it: files, and notes on its page.

use serde::Deserialize;

use super::super::fields::{date, number, text};
use super::super::{jobs, payload};
use super::BASE;
use super::pages::{Page, next_page};
use crate::model::{Annotation, AnnotationStyle, Artifact, Timestamp, Unreadable};
use crate::providers::address::link;
use crate::providers::rest::Answer;

/// Items read of one page.
const PAGE_MAX: usize = 100;

/// Where the pages of the cloud are.
const PAGES: &str = "https://buildkite.com";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ArtifactSaid {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    job_id: Option<String>,
    #[serde(deserialize_with = "text")]
    url: Option<String>,
    #[serde(deserialize_with = "text")]
    state: Option<String>,
    #[serde(deserialize_with = "text")]
    path: Option<String>,
    #[serde(deserialize_with = "text")]
    filename: Option<String>,
    #[serde(deserialize_with = "text")]
    mime_type: Option<String>,
    #[serde(deserialize_with = "number")]
    file_size: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnnotationSaid {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    context: Option<String>,
    #[serde(deserialize_with = "text")]
    style: Option<String>,
    #[serde(deserialize_with = "text")]
    job_id: Option<String>,
    #[serde(deserialize_with = "number")]
    priority: Option<i64>,
    #[serde(deserialize_with = "text")]
    body_html: Option<String>,
    #[serde(deserialize_with = "date")]
    created_at: Option<Timestamp>,
    #[serde(deserialize_with = "date")]
    updated_at: Option<Timestamp>,
}

/// Read a page of artifacts; `page` is its number. One without an id is left out.
pub fn artifacts(answer: &Answer, page: u32) -> Result<Page<Artifact>, Unreadable> {
    let artifacts = payload::many::<ArtifactSaid, PAGE_MAX>(&answer.body)?;
    let items = artifacts.into_iter().filter_map(artifact).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

fn artifact(said: ArtifactSaid) -> Option<Artifact> {
    let last = |path: &String| path.rsplit(['/', '\\']).next().map(str::to_owned);
    let key = said.id?;
    Some(Artifact {
        name: said.filename.or_else(|| last(said.path.as_ref()?)).unwrap_or_else(|| key.clone()),
        key,
        path: said.path,
        kind: said.mime_type,
        bytes: said.file_size.filter(|bytes| *bytes >= 0),
        step: said.job_id.as_deref().map(jobs::key),
        url: said.url.as_deref().and_then(page_of),
        state: said.state,
    })
}

/// The address that a browser opens. That of the API wants a token.
fn page_of(url: &str) -> Option<String> {
    match url.strip_prefix(BASE).filter(|path| path.starts_with('/')) {
        Some(path) => Some(format!("{PAGES}{path}")),
        None => link(url),
    }
}

/// Read a page of annotations; `page` is its number. One without a body is left out.
pub fn annotations(answer: &Answer, page: u32) -> Result<Page<Annotation>, Unreadable> {
    let annotations = payload::many::<AnnotationSaid, PAGE_MAX>(&answer.body)?;
    let items = annotations.into_iter().filter_map(annotation).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

fn annotation(said: AnnotationSaid) -> Option<Annotation> {
    Some(Annotation {
        html: said.body_html?,
        context: said.context.or(said.id).unwrap_or_else(|| "default".to_owned()),
        style: match said.style.as_deref() {
            Some("success") => AnnotationStyle::Success,
            Some("warning") => AnnotationStyle::Warning,
            Some("error") => AnnotationStyle::Error,
            _ => AnnotationStyle::Info,
        },
        // In the middle of 1 to 10, which is what the provider takes for one without.
        priority: said.priority.unwrap_or(3),
        step: said.job_id.as_deref().map(jobs::key),
        at: said.updated_at.or(said.created_at),
    })
}
