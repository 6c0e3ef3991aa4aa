//! What a page says without its script: to `curl`, to a program that follows a link, to a browser
//! that runs none. The script replaces it, so it is what a person would say aloud, and no more.

use maud::{Markup, html};

use crate::http::api::{builds, steps};
use crate::http::error::Problem;
use crate::http::mask::text::shown;
use crate::http::words::{build_name, numbered, told, word};
use crate::hub::Hub;
use crate::model::{BuildResult, BuildState};
use crate::store::sqlite::books::read::pipelines::{self, PipelineFilter, PipelineRow, StripRow};

/// Pipelines that Home names.
const PIPELINES_MAX: usize = 50;

/// Failed steps that a build names.
const FAILED_MAX: usize = 20;

/// What takes the place of the empty page until the script shows its own.
pub struct Summary {
    /// Of the tab.
    pub title: String,
    pub body: Markup,
}

/// How each pipeline's main branch is doing.
pub async fn home(hub: &Hub) -> Result<Summary, Problem> {
    let filter = PipelineFilter::default();
    let read = move |books: &_| pipelines::pipelines(books, &filter, None, PIPELINES_MAX);
    let pipelines = crate::http::api::read_books(hub, read).await?.items;
    let body = html! {
        h1 { "Creel" }
        @if pipelines.is_empty() {
            p { "No build has been heard of yet." }
        } @else {
            ul { @for pipeline in &pipelines { li { (line(pipeline)) } } }
        }
        (rest())
    };
    Ok(Summary { title: "Creel".to_owned(), body })
}

fn line(pipeline: &PipelineRow) -> Markup {
    let name = pipeline.pipeline_name.as_deref().unwrap_or(&pipeline.pipeline);
    let branch = pipeline.branch.clone().map(shown);
    let last = pipeline.builds.iter().find(|build| build.state == BuildState::Finished);
    let is_running = |build: &&StripRow| build.state == BuildState::Running;
    let running = pipeline.builds.iter().filter(is_running).count();
    html! {
        (name)
        @if let Some(branch) = branch { ", " (branch) }
        ": "
        @match last {
            Some(build) => {
                (word(build.state, build.result)) ", "
                a href={ "/builds/" (build.public_id) } { (strip_name(build)) }
            }
            None => "nothing has ended yet",
        }
        @if running > 0 { ", " (running) " running" }
    }
}

/// A build and what failed of it; `None` where there is none, or where it has another id.
pub async fn build(hub: &Hub, id: &str) -> Result<Option<Summary>, Problem> {
    let Ok(build) = builds::find(hub, id).await? else { return Ok(None) };
    let failed = match build.result {
        Some(BuildResult::Failure) => steps::failed(hub, build.id).await?,
        _ => Vec::new(),
    };
    let name = build_name(&build);
    let word = word(build.state, build.result);
    let title = format!("{name}: {word} · Creel");
    let body = html! {
        h1 { (name) }
        p { (told(word, &build)) }
        @if let Some(message) = build.message.as_deref().and_then(first_line) {
            p { (shown(message.to_owned())) }
        }
        @if !failed.is_empty() {
            h2 { "What failed" }
            ul { @for name in failed.iter().take(FAILED_MAX) { li { (name) } } }
            @if failed.len() > FAILED_MAX { p { "and " (failed.len() - FAILED_MAX) " more" } }
        }
        (rest())
    };
    Ok(Some(Summary { title, body }))
}

fn strip_name(build: &StripRow) -> String {
    let number = numbered(build.number, build.label.as_deref());
    if number.is_empty() { "its last build".to_owned() } else { number }
}

/// The subject of a commit.
fn first_line(message: &str) -> Option<&str> {
    message.lines().next().map(str::trim).filter(|line| !line.is_empty())
}

fn rest() -> Markup {
    html! {
        p {
            "This is a summary: the page itself needs JavaScript. All of it is also at "
            a href="/openapi.json" { "the API" } "."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_by_its_first_line() {
        assert_eq!(first_line("\nfix it\n\nbecause"), None);
        assert_eq!(first_line("fix it\r\n\nbecause"), Some("fix it"));
    }
}
