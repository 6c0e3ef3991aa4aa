//! What Buildkite's own links tell: organisation, pipeline, build number.
//!
//! Build and job events carry no organisation, and the pipeline object is only an attribute; the
//! address of the build is the one place that always names both.

/// Words of an address, as written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    pub organization: &'a str,
    pub pipeline: Option<&'a str>,
    pub number: Option<i64>,
    /// Where the organisation's REST API lives, when the address is one of the API's.
    pub base_url: Option<String>,
}

/// Read an address of the API (`.../v2/organizations/{org}/pipelines/{slug}/builds/{n}`, in 2015
/// `.../v1/organizations/{org}/projects/...`) or of the pages (`https://buildkite.com/{org}/{slug}`
/// with or without `/builds/{n}`, `https://buildkite.com/organizations/{org}/agents/...`). The host
/// is not looked at: a make-believe Buildkite lives elsewhere.
#[must_use]
pub fn read(address: &str) -> Option<Address<'_>> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();

    if let Some(at) = segments.iter().position(|segment| *segment == "organizations") {
        let organization = told(segments.get(at + 1)?)?;
        let pipeline = match segments.get(at + 2) {
            Some(&("pipelines" | "projects")) => segments.get(at + 3).and_then(|slug| told(slug)),
            _ => None,
        };
        let number = match segments.get(at + 4) {
            Some(&"builds") => segments.get(at + 5).and_then(|number| number.parse().ok()),
            _ => None,
        };
        // The first version of the API is gone, the pages have no version, and an address with a
        // password in it is nothing to keep.
        let version = at.checked_sub(1).and_then(|before| segments.get(before)).copied();
        let is_api = version.is_some_and(|v| v.starts_with('v') && v != "v1");
        let base_url = (is_api && !host.contains('@'))
            .then(|| address.split_once("/organizations/"))
            .flatten()
            .map(|(before, _)| format!("{before}/organizations/{organization}"));
        return Some(Address { organization, pipeline, number, base_url });
    }

    let (organization, pipeline, number) = match segments[..] {
        [organization, pipeline] => (organization, pipeline, None),
        [organization, pipeline, "builds", number, ..] => {
            (organization, pipeline, number.parse().ok())
        }
        _ => return None,
    };
    let (organization, pipeline) = (told(organization)?, told(pipeline));
    Some(Address { organization, pipeline, number, base_url: None })
}

fn told(slug: &str) -> Option<&str> {
    (slug != "...").then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_the_api_tell_everything() {
        for (address, base_url) in [
            (
                "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/7",
                Some("https://api.buildkite.com/v2/organizations/acme"),
            ),
            (
                "http://127.0.0.1:4100/v2/organizations/acme/pipelines/shop/builds/7?x=1",
                Some("http://127.0.0.1:4100/v2/organizations/acme"),
            ),
            ("https://api.buildkite.com/v1/organizations/acme/projects/shop/builds/7", None),
        ] {
            let read = read(address).unwrap();
            let words = (read.organization, read.pipeline, read.number);
            assert_eq!(words, ("acme", Some("shop"), Some(7)), "{address}");
            assert_eq!(read.base_url.as_deref(), base_url);
        }
    }

    #[test]
    fn the_addresses_of_the_pages_tell_what_they_name() {
        let words = |address| {
            read(address).map(|read| {
                assert_eq!(read.base_url, None);
                (read.organization, read.pipeline, read.number)
            })
        };
        assert_eq!(
            words("https://buildkite.com/acme/shop/builds/7#0196"),
            Some(("acme", Some("shop"), Some(7)))
        );
        // A pipeline may be called like the word that follows it.
        assert_eq!(
            words("https://buildkite.com/acme/builds/builds/7"),
            Some(("acme", Some("builds"), Some(7)))
        );
        assert_eq!(words("https://buildkite.com/acme/shop"), Some(("acme", Some("shop"), None)));
        assert_eq!(
            words("https://buildkite.com/organizations/acme/agents/0b46"),
            Some(("acme", None, None))
        );
    }

    #[test]
    fn anything_else_is_no_address() {
        for address in ["", "...", "acme/shop", "https://buildkite.com", "ftp://a/b/c", "https:///"]
        {
            assert_eq!(read(address), None, "{address}");
        }
    }

    #[test]
    fn an_address_with_a_password_gives_no_base() {
        let read = read("https://me:secret@api.example.com/v2/organizations/acme/pipelines/shop");
        assert_eq!(read.unwrap().base_url, None);
    }
}
