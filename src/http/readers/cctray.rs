//! `/cctray.xml`: the format that monitors of builds on desks and walls read.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::http::api::query::{Asked, encoded_query};
use crate::http::api::read_books;
use crate::http::api::session::From;
use crate::http::error::Problem;
use crate::http::mask::text::shown;
use crate::hub::Hub;
use crate::model::{BuildResult, BuildState, ResultDetail};
use crate::store::sqlite::books::read::pipelines::{
    PipelineFilter, PipelineRow, StripRow, pipelines,
};

use super::{answer, in_xml};

/// Pipelines of one answer: those with the newest builds.
const PIPELINES_MAX: usize = 1_000;

/// How each pipeline is doing, by the newest build of its default branch that has ended, in the format
/// of monitors of builds. The newest 1,000 pipelines.
#[utoipa::path(
    get, path = "/cctray.xml", operation_id = "getCctray", tag = "readers",
    params(
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("project" = Option<String>, Query, description = "Name or GUID"),
        ("pipeline" = Option<String>, Query, description = "Slug, name or the provider's own id"),
        ("branch" = Option<String>, Query, description = "This branch of each pipeline instead of its default"),
    ),
    responses((status = 200, description = "CCTray: `Projects` with a `Project` per pipeline", body = String, content_type = "application/xml"),
              (status = 304, description = "It is as `If-None-Match` knows it"))
)]
pub async fn feed(
    State(hub): State<Hub>,
    from: From,
    headers: HeaderMap,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let filter = PipelineFilter {
        source: asked.text("source")?,
        project: asked.text("project")?,
        pipeline: asked.text("pipeline")?,
        branch: asked.text("branch")?,
        text: None,
    };
    asked.done()?;
    let base = from.base_url(&hub);
    let branch = filter.branch.clone();
    let page =
        read_books(&hub, move |books| pipelines(books, &filter, None, PIPELINES_MAX)).await?;
    let projects: Vec<Project> =
        page.items.iter().map(|row| Project::of(row, branch.as_deref(), &base)).collect();
    let written = written(projects).map_err(|error| Problem::internal(&error))?;
    Ok(answer(&headers, "application/xml; charset=utf-8", written))
}

/// A pipeline in the words of the format.
#[derive(Debug)]
struct Project {
    name: String,
    /// Tells two of one name apart.
    id: i64,
    activity: &'static str,
    status: &'static str,
    label: String,
    time: String,
    url: String,
}

impl Project {
    fn of(row: &PipelineRow, branch: Option<&str>, base: &str) -> Self {
        let name = [row.source.as_deref(), row.project.as_deref()]
            .into_iter()
            .flatten()
            .chain([row.pipeline_name.as_deref().unwrap_or(&row.pipeline)])
            .collect::<Vec<_>>()
            .join("/");
        let last = last_of(&row.builds);
        let source_id = row.source_id.to_string();
        let query = [
            ("pipeline", Some(row.pipeline.as_str())),
            ("project", row.project.as_deref()),
            ("source", Some(source_id.as_str())),
            ("branch", row.branch.as_deref()),
        ];
        let query: Vec<_> =
            query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self {
            name: match branch {
                Some(branch) => format!("{name} ({branch})"),
                None => name,
            },
            activity: activity(&row.builds),
            status: last.map_or("Unknown", status),
            label: last.map_or_else(String::new, label),
            // Monitors give up on a project without a time.
            time: last.and_then(|last| last.finished_at).unwrap_or(row.last_build_at).to_string(),
            url: format!("{base}/builds?{}", encoded_query(&query)),
            id: row.id,
        }
    }
}

/// The newest build that has ended. One that was skipped says nothing of its branch.
pub(super) fn last_of(builds: &[StripRow]) -> Option<&StripRow> {
    builds.iter().find(|build| {
        build.state == BuildState::Finished && build.result != Some(BuildResult::Skipped)
    })
}

/// What goes on since the last build that has ended. (One whose end was lost would run for ever.)
fn activity(builds: &[StripRow]) -> &'static str {
    let since = builds.iter().take_while(|build| build.state != BuildState::Finished);
    let states: Vec<BuildState> = since.map(|build| build.state).collect();
    if states.contains(&BuildState::Running) {
        "Building"
    } else if states.contains(&BuildState::Queued) {
        "CheckingModifications"
    } else {
        "Sleeping"
    }
}

fn status(build: &StripRow) -> &'static str {
    match (build.result, build.result_detail) {
        (Some(BuildResult::Success), _) => "Success",
        // Not the code's fault: what it was to run on failed.
        (
            Some(BuildResult::Failure),
            Some(ResultDetail::Infrastructure | ResultDetail::NoAgent),
        ) => "Exception",
        (Some(BuildResult::Failure | BuildResult::Unstable), _) => "Failure",
        (Some(BuildResult::Aborted | BuildResult::Skipped | BuildResult::Unknown) | None, _) => {
            "Unknown"
        }
    }
}

fn label(build: &StripRow) -> String {
    match (&build.label, build.number) {
        (Some(label), _) => shown(label.clone()),
        (None, Some(number)) => number.to_string(),
        (None, None) => String::new(),
    }
}

fn written(mut projects: Vec<Project>) -> std::io::Result<String> {
    projects.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    // Monitors know a project by its name: two must not have one.
    for same in projects.chunk_by_mut(|one, other| one.name == other.name) {
        if same.len() > 1 {
            for project in same {
                project.name = format!("{} [{}]", project.name, project.id);
            }
        }
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("Projects").write_inner_content(|writer| {
        for project in &projects {
            writer
                .create_element("Project")
                .with_attribute(("name", &*in_xml(&project.name)))
                .with_attribute(("activity", project.activity))
                .with_attribute(("lastBuildStatus", project.status))
                .with_attribute(("lastBuildLabel", &*in_xml(&project.label)))
                .with_attribute(("lastBuildTime", &*project.time))
                .with_attribute(("webUrl", &*project.url))
                .write_empty()?;
        }
        Ok(())
    })?;
    String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(state: BuildState, result: Option<BuildResult>) -> StripRow {
        StripRow {
            public_id: "id".to_owned(),
            number: Some(7),
            label: None,
            state,
            result,
            result_detail: None,
            started_at: None,
            finished_at: None,
            queue_ms: None,
            duration_ms: None,
        }
    }

    #[test]
    fn what_goes_on_is_told_by_what_is_newer_than_the_last_end() {
        let ended = || build(BuildState::Finished, Some(BuildResult::Success));
        let lost = || build(BuildState::Running, None);
        assert_eq!(activity(&[ended(), lost()]), "Sleeping");
        assert_eq!(activity(&[build(BuildState::Queued, None), lost(), ended()]), "Building");
        assert_eq!(activity(&[build(BuildState::Queued, None), ended()]), "CheckingModifications");
        assert_eq!(activity(&[build(BuildState::Waiting, None), ended()]), "Sleeping");
        assert_eq!(activity(&[]), "Sleeping");
    }

    #[test]
    fn an_exception_is_what_the_code_could_not_help() {
        let failed = |detail| StripRow {
            result_detail: detail,
            ..build(BuildState::Finished, Some(BuildResult::Failure))
        };
        assert_eq!(status(&failed(None)), "Failure");
        assert_eq!(status(&failed(Some(ResultDetail::Timeout))), "Failure");
        assert_eq!(status(&failed(Some(ResultDetail::NoAgent))), "Exception");
        let aborted = build(BuildState::Finished, Some(BuildResult::Aborted));
        assert_eq!(status(&aborted), "Unknown");
    }

    #[test]
    fn a_skipped_build_says_nothing_of_its_branch() {
        let skipped = build(BuildState::Finished, Some(BuildResult::Skipped));
        let failed = build(BuildState::Finished, Some(BuildResult::Failure));
        assert_eq!(last_of(&[skipped.clone(), failed.clone()]), Some(&failed));
        assert_eq!(last_of(&[skipped]), None);
    }
}
