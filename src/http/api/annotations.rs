//! Notes that a build's own steps left on its page, as plain nodes: a page makes them anew, and no HTML
//! of anybody else ever gets there.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::html;
use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{AnnotationStyle, Time, time};
use crate::hub::Hub;
use crate::model::{Annotation as Told, Artifact};
use crate::store::sqlite::books::records::answer;

use super::query::Asked;
use super::{builds, read_books};

/// A note.
#[derive(Debug, Serialize, ToSchema)]
pub struct Annotation {
    /// One of each name per build.
    pub context: String,
    pub style: AnnotationStyle,
    /// The step it belongs to, else it is the build's.
    #[schema(required)]
    pub step_id: Option<String>,
    #[schema(required)]
    pub at: Option<Time>,
    pub blocks: Vec<Node>,
    /// It was longer than what is shown of it.
    pub is_cut: bool,
}

/// A text, or an element with what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AnnotationNode, no_recursion)]
pub enum Node {
    Text {
        text: String,
    },
    Element {
        /// One of a short list of names: `p`, `ul`, `code`, `a`.
        tag: String,
        /// Of an `a`: an address of http or https.
        #[schema(required)]
        href: Option<String>,
        children: Vec<Node>,
    },
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Annotations {
    pub items: Vec<Annotation>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl From<html::Node> for Node {
    fn from(node: html::Node) -> Self {
        match node {
            html::Node::Text { text } => Self::Text { text: mask::text::shown(text) },
            html::Node::Element { tag, href, children } => Self::Element {
                tag: tag.to_owned(),
                href: href.map(mask::text::shown),
                children: children.into_iter().map(Self::from).collect(),
            },
        }
    }
}

fn shown(told: Told, artifacts: &[Artifact]) -> Annotation {
    let page = html::read(&told.html, |address| {
        let path = address.strip_prefix("artifact://")?;
        let found = artifacts.iter().find(|it| it.path.as_deref() == Some(path))?;
        let url = found.url.as_ref()?;
        url.starts_with("https://").then(|| url.clone())
    });
    Annotation {
        context: mask::text::shown(told.context),
        style: told.style.into(),
        step_id: told.step,
        at: time(told.at),
        blocks: page.nodes.into_iter().map(Node::from).collect(),
        is_cut: page.is_cut,
    }
}

/// Notes on a build, those of greatest priority first.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/annotations", operation_id = "listAnnotations", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "All that the provider lists", body = Annotations),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn list(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/annotations", &uri)),
    };
    let items = read_books(&hub, move |books| {
        let told = answer::<Vec<Told>>(books, build, "annotations")?;
        let mut told = told.map(|(_, items)| items).unwrap_or_default();
        let artifacts = answer::<Vec<Artifact>>(books, build, "artifacts")?;
        let artifacts = artifacts.map(|(_, items)| items).unwrap_or_default();
        told.sort_by_key(|note| std::cmp::Reverse(note.priority));
        Ok(told.into_iter().map(|note| shown(note, &artifacts)).collect())
    })
    .await?;
    Ok(Json(Annotations { items, next_cursor: None }).into_response())
}
