//! Lists that come in pages.
//!
//! An answer names its next page by address. Only the number or the cursor in it is used: the
//! address itself could lead a token anywhere.

use url::form_urlencoded;

use crate::providers::rest::Head;

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Number of the page that follows.
    pub next: Option<u32>,
}

/// The page after `page`, as the `Link` header tells it. One that leads back is none, so that
/// following ends.
pub(super) fn next_page(head: &Head, page: u32) -> Option<u32> {
    let links = head.headers.iter().filter(|(name, _)| name == "link").map(|(_, value)| value);
    let address = links.flat_map(|links| links.split(',')).find_map(|link| {
        let (address, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let Some((name, value)) = parameter.split_once('=') else { return false };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            name.eq_ignore_ascii_case("rel") && value.eq_ignore_ascii_case("next")
        });
        is_next.then_some(address.split_once('<')?.1)
    })?;
    word(address, "page")?.parse().ok().filter(|next| *next > page)
}

/// A word of an address's query.
pub(super) fn word(address: &str, name: &str) -> Option<String> {
    let query = address.split('#').next()?.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty())
}
