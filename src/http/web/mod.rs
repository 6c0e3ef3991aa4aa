//! The pages: files that `web/` builds, inside the binary where Node was there to build them
//! (feature `embed-ui`), and the notice at `/` where it was not.
//!
//! `/assets/*` has hashed names and never changes. Every address of a page answers with the same
//! `index.html`; the script in it shows the page. Files lie packed beside themselves (`.br`, `.gz`).
//! Home and a build also say what they can without the script, to whom may read it (`summary`).

use std::borrow::Cow;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::auth;
use super::error::Problem;
use super::notice;
use crate::hub::Hub;

mod summary;

use summary::Summary;

/// Only what comes from here, and nothing inline.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

const INDEX: &str = "index.html";

/// Where the page says what it can without its script (`web/index.html`).
const FLOOR: &str = "<main class=\"floor\">";

/// Addresses of pages. What is below them is for the script to know.
const PAGES: [&str; 17] = [
    "/builds",
    "/builds/{id}/logs/{log}",
    "/compare",
    "/tests",
    "/tests/{id}",
    "/agents",
    "/events",
    "/events/{id}",
    "/subjects",
    "/subjects/{*key}",
    "/sources",
    "/sources/{*page}",
    "/settings",
    "/settings/{*page}",
    "/help/{*page}",
    "/signin",
    "/setup",
];

#[cfg(feature = "embed-ui")]
#[derive(rust_embed::Embed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// A file that `web/` has built; `None` of all of them in a binary without pages.
#[cfg(feature = "embed-ui")]
fn built(path: &str) -> Option<Cow<'static, [u8]>> {
    Built::get(path).map(|file| file.data)
}

#[cfg(not(feature = "embed-ui"))]
fn built(_path: &str) -> Option<Cow<'static, [u8]>> {
    None
}

/// The pages, or the notice that says how to get them.
pub fn routes(hub: Hub) -> Router {
    if built(INDEX).is_none() {
        return notice::routes();
    }
    let mut router = Router::new()
        .route("/assets/{*file}", get(asset))
        .route("/", get(home))
        .route("/builds/{id}", get(build));
    for address in PAGES {
        router = router.route(address, get(page));
    }
    router.with_state(hub)
}

async fn home(State(hub): State<Hub>, request: Request) -> Response {
    if !auth::may_read(&hub, &request) {
        return page(request.headers().clone()).await;
    }
    let told = summary::home(&hub).await.map(Some);
    with_summary(told, request.headers()).await
}

async fn build(State(hub): State<Hub>, Path(id): Path<String>, request: Request) -> Response {
    if !auth::may_read(&hub, &request) {
        return page(request.headers().clone()).await;
    }
    with_summary(summary::build(&hub, &id).await, request.headers()).await
}

/// The page with what is known beforehand in it. Without that it is as good for whoever runs the
/// script, which also says what went wrong.
async fn with_summary(told: Result<Option<Summary>, Problem>, asked: &HeaderMap) -> Response {
    let page = page(asked.clone()).await;
    let (Ok(Some(told)), Some(index)) = (told, built(INDEX)) else { return page };
    let Some(filled) = filled(&String::from_utf8_lossy(&index), &told) else { return page };
    let mut headers = page.headers().clone();
    headers.remove(header::CONTENT_ENCODING);
    (headers, filled).into_response()
}

/// The index with title and floor of a summary; `None`: it has no place for them.
fn filled(index: &str, told: &Summary) -> Option<String> {
    let (before, rest) = index.split_once("<title>")?;
    let (_, rest) = rest.split_once("</title>")?;
    let (between, rest) = rest.split_once(FLOOR)?;
    let (_, after) = rest.split_once("</main>")?;
    let title = maud::html! { title { (told.title) } }.into_string();
    let body = told.body.0.as_str();
    Some(format!("{before}{title}{between}{FLOOR}{body}</main>{after}"))
}

async fn page(headers: HeaderMap) -> Response {
    file(built, INDEX, &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn asset(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    file(built, path, request.headers()).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// An address that nothing answers: people are shown the page that says so, programs the problem.
/// Whoever typed a slash too many at its end is led to the page without.
pub fn nothing_here(request: &Request) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_person = accept.is_some_and(|accept| accept.contains("text/html"));
    let is_api = ["/api", "/webhooks", "/hooks", "/assets"]
        .iter()
        .any(|room| request.uri().path().starts_with(room));
    if !is_person || is_api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::nothing_here().into_response();
    }
    if let Some(target) = without_slash(request.uri()) {
        return Redirect::permanent(&target).into_response();
    }
    match file(built, INDEX, request.headers()) {
        Some(mut page) => {
            *page.status_mut() = StatusCode::NOT_FOUND;
            page
        }
        None => Problem::nothing_here().into_response(),
    }
}

/// The same address without slashes at its end. Two at its beginning would name another server.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let shorter = path.trim_end_matches('/');
    if shorter.is_empty() || shorter == path || path.starts_with("//") {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{shorter}{query}"))
}

/// Forms of a file, the smallest first: the ending it lies under, and the word for it.
const PACKED: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// A file in the smallest form that its asker can read.
fn file(
    files: impl Fn(&str) -> Option<Cow<'static, [u8]>>,
    path: &str,
    asked: &HeaderMap,
) -> Option<Response> {
    let plain = files(path)?;
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let reads = |word: &str| {
        accepted.unwrap_or_default().split(',').any(|one| {
            let (name, quality) = one.split_once(';').unwrap_or((one, ""));
            name.trim().eq_ignore_ascii_case(word) && quality.trim() != "q=0"
        })
    };
    let packed = PACKED.iter().filter(|(_, word)| reads(word)).find_map(|(ending, word)| {
        files(&format!("{path}{ending}")).map(|content| (content, *word))
    });
    let (content, encoding) = match packed {
        Some((content, word)) => (content, Some(word)),
        None => (plain, None),
    };
    let mut response = Response::new(Body::from(content.into_owned()));
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, media_type(path));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::VARY, "accept-encoding");
    if let Some(word) = encoding {
        set(header::CONTENT_ENCODING, word);
    }
    if path == INDEX {
        set(header::CACHE_CONTROL, "no-store");
        set(header::CONTENT_SECURITY_POLICY, POLICY);
        set(header::REFERRER_POLICY, "same-origin");
    } else {
        set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    }
    Some(response)
}

/// Of the files that the build makes.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &str) -> Option<Cow<'static, [u8]>> {
        let content: &[u8] = match path {
            "index.html" | "assets/a-1.js" => b"plain",
            "assets/a-1.js.br" => b"br",
            "assets/a-1.js.gz" => b"gz",
            _ => return None,
        };
        Some(Cow::Borrowed(content))
    }

    fn answer(path: &str, accepts: &'static str) -> Option<Response> {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepts));
        file(files, path, &asked)
    }

    #[test]
    fn a_file_comes_in_the_smallest_form_that_its_asker_reads() {
        let encoding = |accepts| {
            let response = answer("assets/a-1.js", accepts).expect("there");
            response.headers().get(header::CONTENT_ENCODING).cloned()
        };
        assert_eq!(encoding("gzip, deflate, br").expect("packed"), "br");
        assert_eq!(encoding("GZIP;q=0.8, br;q=0").expect("packed"), "gzip");
        assert_eq!(encoding("identity"), None);
        assert!(answer("assets/nothing.js", "br").is_none());
    }

    #[test]
    fn a_slash_too_many_leads_to_the_page_without_it_and_never_to_another_server() {
        let target = |uri: &str| without_slash(&uri.parse().expect("an address"));
        assert_eq!(target("/builds/?q=a").as_deref(), Some("/builds?q=a"));
        for uri in ["/", "/builds", "//evil.test/", "//"] {
            assert_eq!(target(uri), None, "{uri}");
        }
    }

    /// What it shows at another address would come as a page that is not there.
    #[test]
    fn every_address_of_the_script_is_one_of_a_page() {
        let covers = |page: &str, address: &str| {
            let mut parts = address.split('/');
            for part in page.split('/') {
                match parts.next() {
                    Some(_) if part.starts_with("{*") => return true,
                    Some(asked) if part == asked || part.starts_with('{') => {}
                    _ => return false,
                }
            }
            parts.next().is_none()
        };
        let router = include_str!("../../../web/src/router.ts").replace(['(', ')'], "");
        let addresses: Vec<&str> = router
            .lines()
            .filter_map(|line| line.trim().strip_prefix('\'')?.split_once("': "))
            .map(|(address, _)| address)
            .filter(|address| address.starts_with('/'))
            .collect();
        assert!(addresses.contains(&"/builds/:id"), "{addresses:?}");
        for address in addresses {
            let is_page =
                PAGES.iter().chain(&["/", "/builds/{id}"]).any(|page| covers(page, address));
            assert!(is_page, "{address}");
        }
    }

    #[test]
    fn a_summary_takes_the_place_of_the_title_and_the_floor_and_is_text() {
        let index = "<title>Creel</title><div id=\"app\"><main class=\"floor\">old</main></div>";
        let name = "<b>shop</b>";
        let body = maud::html! { h1 { (name) } };
        let told = Summary { title: format!("{name} · Creel"), body };
        let filled = filled(index, &told).expect("a place for it");
        assert_eq!(
            filled,
            "<title>&lt;b&gt;shop&lt;/b&gt; · Creel</title><div id=\"app\"><main \
             class=\"floor\"><h1>&lt;b&gt;shop&lt;/b&gt;</h1></main></div>"
        );
        let told = Summary { title: String::new(), body: maud::html! {} };
        assert_eq!(super::filled("<title></title>", &told), None);
    }

    #[test]
    fn what_never_changes_is_kept_and_the_page_itself_is_asked_for_each_time() {
        let of = |path| answer(path, "").expect("there");
        let asset = of("assets/a-1.js");
        assert!(asset.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let page = of(INDEX);
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("unsafe") && policy.contains("script-src 'self';"), "{policy}");
    }
}
