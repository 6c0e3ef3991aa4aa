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

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str, page: u32) -> Option<u32> {
        let headers = vec![("link".to_owned(), link.to_owned())];
        next_page(&Head { status: 200, headers }, page)
    }

    #[test]
    fn of_the_next_page_only_the_number_is_taken() {
        let links = "<https://elsewhere.example/?page=3&per_page=100>; rel=\"next\", \
                     <https://api.buildkite.com/v2/x?page=1>; rel=\"first\"";
        assert_eq!(next(links, 2), Some(3));
        assert_eq!(next("<https://a.b/?per_page=5&page=2>;rel=next", 1), Some(2));
        for link in [
            "<https://a.b/?page=9>; rel=\"last\"",
            "<https://a.b/?page=2>; rel=\"next\"",
            "<https://a.b/?page=1>; rel=\"next\"",
            "<https://a.b/?per_page=9>; rel=\"next\"",
            "<https://a.b/?page=-1>; rel=\"next\"",
            "<https://a.b/?page=99999999999>; rel=\"next\"",
            "https://a.b/?page=3; rel=next",
            "",
        ] {
            assert_eq!(next(link, 2), None, "{link}");
        }
        assert_eq!(next_page(&Head::default(), 1), None);
    }

    #[test]
    fn a_word_of_a_query_is_decoded() {
        let address = "https://a.b/jobs?after=a%2Fb%3D%3D&per_page=100#x";
        assert_eq!(word(address, "after").as_deref(), Some("a/b=="));
        assert_eq!(word(address, "before"), None);
        assert_eq!(word("https://a.b/jobs?after=", "after"), None);
        assert_eq!(word("https://a.b/jobs#?after=1", "after"), None);
    }
}
