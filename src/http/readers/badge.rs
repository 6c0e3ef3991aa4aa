//! `/badges/{pipeline}.svg`: how a branch of a pipeline is doing, as an image for a README.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::{Markup, html};

use crate::http::api::query::Asked;
use crate::http::api::read_books;
use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask::text::shown;
use crate::hub::Hub;
use crate::model::BuildResult;
use crate::store::sqlite::books::read::pipelines::{PipelineFilter, PipelineRow, pipelines};

use super::cctray::last_of;
use super::{answer, in_xml, width};

/// Letters of a label; of a longer one the end is cut.
const LABEL_LENGTH_MAX: usize = 60;

/// Room between a text and the edge of its field.
const EDGE: usize = 6;

/// Whoever opens the image by itself gets no more than the image.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Flat,
    FlatSquare,
}

impl Style {
    const ALL: [Self; 2] = [Self::Flat, Self::FlatSquare];

    fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::FlatSquare => "flat-square",
        }
    }
}

/// What a badge says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Badge {
    label: String,
    word: &'static str,
    /// White on it can be read (4.5 to 1 and more).
    colour: &'static str,
    /// The whole of it, for those who hear it.
    title: String,
}

/// How the default branch of a pipeline is doing, by its newest build that has ended, as an SVG:
/// `passing`, `unstable`, `failing`, `aborted` or `unknown`. Of a pipeline that is not known it is
/// the image that says so. With `server.open_badges` it needs no key.
#[utoipa::path(
    get, path = "/badges/{pipeline}.svg", operation_id = "getBadge", tag = "readers",
    params(
        ("pipeline" = String, Path, description = "Slug, name or the provider's own id, percent-encoded"),
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender, where two have a pipeline of the name"),
        ("project" = Option<String>, Query, description = "Name or GUID, where two have a pipeline of the name"),
        ("branch" = Option<String>, Query, description = "This branch instead of the default"),
        ("style" = Option<String>, Query, description = "`flat` or `flat-square`"),
        ("label" = Option<String>, Query, description = "What stands on the left instead of the pipeline's name"),
    ),
    responses((status = 200, description = "The image", body = String, content_type = "image/svg+xml"),
              (status = 304, description = "It is as `If-None-Match` knows it"),
              (status = 404, description = "No pipeline is called so, or several are: the image says `unknown`", content((String = "image/svg+xml"), (ProblemDocument = "application/problem+json"))))
)]
pub async fn badge(
    State(hub): State<Hub>,
    Path(file): Path<String>,
    headers: HeaderMap,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let Some(name) = file.strip_suffix(".svg").filter(|name| !name.is_empty()) else {
        return Err(Problem::new(Code::NotFound, "a badge is at /badges/{pipeline}.svg"));
    };
    let filter = PipelineFilter {
        source: asked.text("source")?,
        project: asked.text("project")?,
        pipeline: Some(name.to_owned()),
        branch: asked.text("branch")?,
        text: None,
    };
    let style = asked.word("style", &Style::ALL, Style::as_str)?.unwrap_or(Style::Flat);
    let label = asked.text("label")?;
    asked.done()?;
    // One more than there may be.
    let found = read_books(&hub, move |books| pipelines(books, &filter, None, 2)).await?.items;
    let (status, badge) = match found.as_slice() {
        [row] => (StatusCode::OK, Badge::of(row, label)),
        [] => {
            let why = "no builds of it are known";
            (StatusCode::NOT_FOUND, Badge::unknown(name, label, why))
        }
        _ => {
            let why = "several pipelines are called so; add ?source= or ?project=";
            (StatusCode::NOT_FOUND, Badge::unknown(name, label, why))
        }
    };
    // Its title as well: an image that holds what XML cannot is a broken one.
    let image = in_xml(&badge.svg(style).0).into_owned();
    let mut response = answer(&headers, "image/svg+xml; charset=utf-8", image);
    if status != StatusCode::OK {
        // A tag of what is not there helps nobody.
        response.headers_mut().remove(header::ETAG);
        *response.status_mut() = status;
    }
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

impl Badge {
    fn of(row: &PipelineRow, label: Option<String>) -> Self {
        let name = row.pipeline_name.as_deref().unwrap_or(&row.pipeline);
        let result = last_of(&row.builds).and_then(|build| build.result);
        let (word, colour) = match result {
            Some(BuildResult::Success) => ("passing", "#1e7b34"),
            Some(BuildResult::Unstable) => ("unstable", "#8a6100"),
            Some(BuildResult::Failure) => ("failing", "#c0262d"),
            Some(BuildResult::Aborted) => ("aborted", "#5c6570"),
            Some(BuildResult::Skipped | BuildResult::Unknown) | None => ("unknown", "#5c6570"),
        };
        let branch = row.branch.clone().map(shown);
        let of = branch.map_or_else(String::new, |branch| format!(" on {branch}"));
        Self { title: format!("{name}: {word}{of}"), label: cut(label, name), word, colour }
    }

    fn unknown(name: &str, label: Option<String>, why: &str) -> Self {
        let title = format!("{name}: unknown ({why})");
        Self { title, label: cut(label, name), word: "unknown", colour: "#5c6570" }
    }

    fn svg(&self, style: Style) -> Markup {
        let (label, word) = (width::of(&self.label), width::of(self.word));
        let left = label + 2 * EDGE;
        let right = word + 2 * EDGE;
        let corner = match style {
            Style::Flat => 3,
            Style::FlatSquare => 0,
        };
        // The length is written down with each text, so that it fits also in another font than the
        // one it was measured in.
        html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(left + right) height="20" role="img"
                aria-label=(self.title) {
                title { (self.title) }
                clipPath id="edge" {
                    rect width=(left + right) height="20" rx=(corner) fill="#fff" {}
                }
                g clip-path="url(#edge)" {
                    rect width=(left) height="20" fill="#3d444d" {}
                    rect x=(left) width=(right) height="20" fill=(self.colour) {}
                }
                g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11"
                    aria-hidden="true" {
                    text x=(EDGE) y="14" textLength=(label) lengthAdjust="spacingAndGlyphs" {
                        (self.label)
                    }
                    text x=(left + EDGE) y="14" textLength=(word) lengthAdjust="spacingAndGlyphs" {
                        (self.word)
                    }
                }
            }
        }
    }
}

/// What stands on the left, without what takes no room since an image cannot hold it.
fn cut(label: Option<String>, name: &str) -> String {
    let label = label.unwrap_or_else(|| name.to_owned());
    let label = in_xml(&label);
    let mut short: String = label.chars().take(LABEL_LENGTH_MAX).collect();
    if short.len() < label.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_of_any_letters_is_text_and_has_an_end() {
        let badge = Badge::unknown("<script>&\"\u{0}", None, "why");
        let svg = badge.svg(Style::Flat).0;
        assert!(svg.contains(">&lt;script&gt;&amp;&quot;<"), "{svg}");
        let long = Badge::unknown(&"x".repeat(500), None, "why");
        assert_eq!(long.label.chars().count(), 61);
    }
}
