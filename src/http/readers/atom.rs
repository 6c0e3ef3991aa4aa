//! `/builds.atom`: builds for feed readers (RFC 4287), chosen by the filters of `/api/v1/builds`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use uuid::Uuid;

use crate::http::api::builds::filter;
use crate::http::api::query::Asked;
use crate::http::api::read_books;
use crate::http::api::session::From;
use crate::http::error::Problem;
use crate::http::mask::text::shown;
use crate::http::words::{build_name, told, word};
use crate::hub::Hub;
use crate::model::Timestamp;
use crate::store::sqlite::books::read::builds::{BuildRow, builds};
use crate::version::VERSION;

use super::{answer, in_xml};

/// Builds of a feed at most, and unless asked otherwise.
const ENTRIES_MAX: usize = 100;
const ENTRIES_DEFAULT: usize = 50;

const NAMESPACE: &str = "http://www.w3.org/2005/Atom";

/// The newest builds, as an Atom feed. Takes the filters of `/api/v1/builds`.
#[utoipa::path(
    get, path = "/builds.atom", operation_id = "getBuildsFeed", tag = "readers",
    params(
        ("provider" = Option<crate::http::view::Provider>, Query, description = "Family of the sender"),
        ("source" = Option<String>, Query, description = "Name, base address, GUID or id of the sender"),
        ("project" = Option<String>, Query, description = "Name or GUID"),
        ("pipeline" = Option<String>, Query, description = "Slug, name or the provider's own id"),
        ("branch" = Option<String>, Query, description = "Without `refs/heads/`"),
        ("pull_request" = Option<i64>, Query, description = "Number of the pull request it is of"),
        ("state" = Option<crate::http::view::State>, Query, description = "How far it has come"),
        ("result" = Option<crate::http::view::Outcome>, Query, description = "How it ended"),
        ("since" = Option<String>, Query, description = "Not older than this: RFC 3339, or a day"),
        ("until" = Option<String>, Query, description = "Older than this"),
        ("q" = Option<String>, Query, description = "A word in pipeline, label, number, project, branch, commit, message or person"),
        ("external_id" = Option<String>, Query, description = "The provider's own id"),
        ("limit" = Option<u16>, Query, description = "Builds of the feed: 50, at most 100"),
    ),
    responses((status = 200, description = "An Atom feed, newest first", body = String, content_type = "application/atom+xml"),
              (status = 304, description = "It is as `If-None-Match` knows it"))
)]
pub async fn feed(
    State(hub): State<Hub>,
    from: From,
    headers: HeaderMap,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let filter = filter(&mut asked)?;
    let limit = asked.limit_up_to(ENTRIES_MAX, ENTRIES_DEFAULT)?;
    // Without the key it was asked with: addresses in a feed are read by others.
    let query = asked.done()?.query();
    let page = read_books(&hub, move |books| builds(books, &filter, None, limit)).await?;
    let feed = Feed { base: &from.base_url(&hub), query: &query, builds: &page.items };
    let written = feed.written().map_err(|error| Problem::internal(&error))?;
    Ok(answer(&headers, "application/atom+xml; charset=utf-8", written))
}

struct Feed<'f> {
    base: &'f str,
    /// With the question mark; empty when everything was asked for.
    query: &'f str,
    builds: &'f [BuildRow],
}

type Out = Writer<Vec<u8>>;

impl Feed<'_> {
    fn written(&self) -> std::io::Result<String> {
        let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
        out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        out.create_element("feed").with_attribute(("xmlns", NAMESPACE)).write_inner_content(
            |out| {
                self.head(out)?;
                self.builds.iter().try_for_each(|build| self.entry(out, build))
            },
        )?;
        String::from_utf8(out.into_inner()).map_err(std::io::Error::other)
    }

    fn head(&self, out: &mut Out) -> std::io::Result<()> {
        let own = format!("{}/builds.atom{}", self.base, self.query);
        // The same question at the same server is the same feed, whatever it holds.
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, own.as_bytes()).urn().to_string();
        let updated = self.builds.iter().map(updated).max().unwrap_or(Timestamp(0));
        text(out, "id", &id)?;
        text(out, "title", "Builds")?;
        text(out, "updated", &updated.to_string())?;
        link(out, "self", Some("application/atom+xml"), &own)?;
        let page = format!("{}/builds{}", self.base, self.query);
        link(out, "alternate", Some("text/html"), &page)?;
        author(out, "Creel")?;
        out.create_element("generator")
            .with_attribute(("version", VERSION))
            .write_text_content(BytesText::new("Creel"))?;
        Ok(())
    }

    fn entry(&self, out: &mut Out, build: &BuildRow) -> std::io::Result<()> {
        let word = word(build.state, build.result);
        out.create_element("entry").write_inner_content(|out| {
            text(out, "id", &format!("urn:uuid:{}", build.public_id))?;
            text(out, "title", &format!("{} {word}", build_name(build)))?;
            text(out, "updated", &updated(build).to_string())?;
            if let Some(at) = build.queued_at.or(build.started_at) {
                text(out, "published", &at.to_string())?;
            }
            let page = format!("{}/builds/{}", self.base, build.public_id);
            link(out, "alternate", Some("text/html"), &page)?;
            if let Some(url) = build.url.clone().map(shown) {
                link(out, "related", None, &url)?;
            }
            if let Some(name) = build.requested_by.clone().map(shown) {
                author(out, &name)?;
            }
            let result = build.result.map_or(build.state.as_str(), |result| result.as_str());
            out.create_element("category").with_attribute(("term", result)).write_empty()?;
            out.create_element("content")
                .with_attribute(("type", "text"))
                .write_text_content(BytesText::new(&in_xml(&told(word, build))))?;
            Ok(())
        })?;
        Ok(())
    }
}

/// When a build last became something else, as far as is known.
fn updated(build: &BuildRow) -> Timestamp {
    build.finished_at.or(build.started_at).or(build.queued_at).unwrap_or(build.first_known_at)
}

fn text(out: &mut Out, name: &str, content: &str) -> std::io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(&in_xml(content)))?;
    Ok(())
}

fn author(out: &mut Out, name: &str) -> std::io::Result<()> {
    out.create_element("author").write_inner_content(|out| text(out, "name", name))?;
    Ok(())
}

fn link(out: &mut Out, rel: &str, media: Option<&str>, href: &str) -> std::io::Result<()> {
    let mut element = out.create_element("link").with_attribute(("rel", rel));
    if let Some(media) = media {
        element = element.with_attribute(("type", media));
    }
    element.with_attribute(("href", &*in_xml(href))).write_empty()?;
    Ok(())
}
