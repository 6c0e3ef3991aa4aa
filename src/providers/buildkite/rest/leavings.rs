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
        // Of 1 to 10; what the provider takes where none is given.
        priority: said.priority.unwrap_or(3),
        step: said.job_id.as_deref().map(jobs::key),
        at: said.updated_at.or(said.created_at),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{answer, at};
    use super::*;

    #[test]
    fn an_artifact_leads_to_the_page_that_people_may_open() {
        let api = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/7/jobs/j1/artifacts/a1";
        let list = json!([
            {"id": "a1", "job_id": "J1", "url": api, "state": "finished", "path": "log/out.txt",
             "filename": "out.txt", "mime_type": "text/plain", "file_size": 12},
            {"id": "a2", "url": "http://127.0.0.1:4100/v2/artifacts/a2", "path": "c:\\x\\y.png",
             "file_size": -1},
            {"id": "a3", "url": "https://api.buildkite.com.evil.example/v2/x"},
            {"path": "nameless"},
        ]);
        let items = artifacts(&answer(&list, "10:00:00"), 1).unwrap().items;
        assert_eq!(items.len(), 3);
        let first = Artifact {
            key: "a1".to_owned(),
            name: "out.txt".to_owned(),
            path: Some("log/out.txt".to_owned()),
            kind: Some("text/plain".to_owned()),
            bytes: Some(12),
            step: Some("job:j1".to_owned()),
            url: Some(
                "https://buildkite.com/organizations/acme/pipelines/shop/builds/7/jobs/j1/artifacts/a1"
                    .to_owned(),
            ),
            state: Some("finished".to_owned()),
        };
        assert_eq!(items[0], first);
        assert_eq!((items[1].name.as_str(), items[1].bytes), ("y.png", None));
        assert_eq!(items[1].url.as_deref(), Some("http://127.0.0.1:4100/v2/artifacts/a2"));
        assert_eq!(items[2].url.as_deref(), Some("https://api.buildkite.com.evil.example/v2/x"));
    }

    #[test]
    fn an_annotation_keeps_its_html_for_whoever_makes_it_safe() {
        let list = json!([
            {"id": "n1", "context": "tests", "style": "error", "job_id": "J1", "priority": 9,
             "body_html": "<p>3 failed</p>", "created_at": "2026-05-04T10:00:00Z",
             "updated_at": "2026-05-04T10:05:00Z"},
            {"id": "n2", "style": "sparkling", "body_html": "x"},
            {"id": "n3", "context": "empty", "body_html": null},
        ]);
        let items = annotations(&answer(&list, "10:06:00"), 1).unwrap().items;
        let first = Annotation {
            context: "tests".to_owned(),
            style: AnnotationStyle::Error,
            html: "<p>3 failed</p>".to_owned(),
            priority: 9,
            step: Some("job:j1".to_owned()),
            at: Some(at("10:05:00")),
        };
        assert_eq!(items[0], first);
        assert_eq!(items.len(), 2);
        let second = &items[1];
        assert_eq!((second.context.as_str(), second.style), ("n2", AnnotationStyle::Info));
    }
}
