//! What can be told from an address: the host, the organisation, ids in the path.
//!
//! Addresses in a payload are words, not instructions: nothing here is ever called.

use uuid::Uuid;

use crate::providers::address::{Parts, is_web, parts};
pub use crate::providers::address::{host, link};

/// Container ids of the test button and of the documented samples: they name nobody.
const SAMPLE_IDS: [Uuid; 3] = [
    Uuid::from_u128(0xc12d_0eb8_e382_443b_9f9c_c52c_ba50_14c2),
    Uuid::from_u128(0xf844_ec47_a9db_4511_8281_8b63_f4ea_f94e),
    Uuid::from_u128(0xbe9b_3917_87e6_42a4_a549_2bc0_6a7a_878f),
];

/// What the hosts of the documentation's make-believe company begin with, lower-case.
pub const SAMPLE_HOST: &str = "fabrikam";

/// Where a source lives, as a base address tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Without a trailing slash, user, query and fragment.
    pub url: String,
    /// The last part: of an organisation, a collection, or only the server's virtual directory.
    pub name: Option<String>,
    /// The name is that of an organisation or a collection: pages lie below the address.
    pub is_whole: bool,
    /// The name is one of the cloud's, unique in the world.
    pub is_cloud: bool,
}

fn segments<'a>(parts: &Parts<'a>) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
    parts.path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether an address is one of the documentation's make-believe company. Decided by the host
/// alone: a real organisation may well have a project of that name.
pub fn is_sample(url: &str) -> bool {
    host(url).is_some_and(|host| {
        let head = host.as_bytes().get(..SAMPLE_HOST.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(SAMPLE_HOST.as_bytes()))
    })
}

/// A GUID, lower-case. `None` for placeholders, all zeros, and text that only stands where a GUID
/// should (`"..."` in the guides).
pub fn guid(text: &str) -> Option<String> {
    let id = uuid_of(text)?;
    (!id.is_nil() && !SAMPLE_IDS.contains(&id)).then(|| id.hyphenated().to_string())
}

/// Whether a container id is one of the samples' own.
pub fn is_sample_id(text: &str) -> bool {
    uuid_of(text).is_some_and(|id| SAMPLE_IDS.contains(&id))
}

fn uuid_of(text: &str) -> Option<Uuid> {
    let text = text.trim();
    // Other spellings that the parser knows (braces, no hyphens, `urn:`) are never sent.
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// Read a container's `baseUrl`.
pub fn base(url: &str) -> Option<Base> {
    let parts = parts(url)?;
    if !is_web(parts.scheme) {
        return None;
    }
    if let Some((_, organisation)) = cloud(&parts) {
        let url = without_user(&parts);
        return Some(in_cloud(url, organisation));
    }
    let mut path = segments(&parts);
    let last = path.next_back();
    // `https://host/tfs/` is the server's virtual directory, not yet a collection.
    let is_directory = path.next_back().is_none()
        && last.is_some_and(|segment| segment.eq_ignore_ascii_case("tfs"));
    Some(Base {
        url: without_user(&parts),
        name: last.map(str::to_owned),
        is_whole: last.is_some() && !is_directory,
        is_cloud: false,
    })
}

/// The cloud organisation that an address of a resource lies in, and the organisation's base
/// address. `None` on premises, where a path does not tell how much of it is the base.
pub fn organisation(url: &str) -> Option<Base> {
    let parts = parts(url)?;
    if !is_web(parts.scheme) {
        return None;
    }
    let (url, organisation) = cloud(&parts)?;
    Some(in_cloud(url, organisation))
}

fn in_cloud(url: String, organisation: &str) -> Base {
    Base { url, name: Some(organisation.to_owned()), is_whole: true, is_cloud: true }
}

/// Base address and name of the cloud organisation an address belongs to. The release service has
/// hosts of its own, whose organisation is the same.
fn cloud<'a>(parts: &Parts<'a>) -> Option<(String, &'a str)> {
    let host = parts.host.to_ascii_lowercase();
    if host == "dev.azure.com" || host.ends_with(".dev.azure.com") {
        let organisation = segments(parts).next().filter(|name| is_organisation(name))?;
        return Some((format!("https://dev.azure.com/{organisation}"), organisation));
    }
    let front = host.strip_suffix(".visualstudio.com")?;
    let label = front.strip_suffix(".vsrm").unwrap_or(front);
    // Two more labels in front belong to other services: `spsprodweu2.vssps.visualstudio.com`.
    let organisation = &parts.host[..label.len()];
    let base = format!("https://{}.visualstudio.com", organisation.to_ascii_lowercase());
    is_organisation(organisation).then_some((base, organisation))
}

fn is_organisation(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn without_user(parts: &Parts<'_>) -> String {
    let Parts { scheme, host_and_port, path, .. } = parts;
    let (scheme, host_and_port) = (scheme.to_ascii_lowercase(), host_and_port.to_ascii_lowercase());
    format!("{scheme}://{host_and_port}{}", path.trim_end_matches('/'))
}

/// GUID of the project an address of a resource lies in: the path part before `_apis`, `_build`.
pub fn project(url: &str) -> Option<String> {
    let parts = parts(url)?;
    let mut before: Option<&str> = None;
    for segment in segments(&parts) {
        if segment.starts_with('_') {
            return before.and_then(guid);
        }
        before = Some(segment);
    }
    None
}

/// The number an address ends in: `.../runs/4211`, `vstfs:///Build/Build/4211`.
pub fn last_number(url: &str) -> Option<i64> {
    let path = url.split(['?', '#']).next()?;
    path.trim_end_matches('/').rsplit('/').next()?.parse().ok().filter(|number| *number > 0)
}

/// The number after a word of the path: `(".../workItems/13/updates/2", "workItems")` is 13.
pub fn number_after(url: &str, word: &str) -> Option<i64> {
    after(url, word)?.parse().ok().filter(|number| *number > 0)
}

/// The path part after a word of the path.
pub fn after<'a>(url: &'a str, word: &str) -> Option<&'a str> {
    let path = url.split(['?', '#']).next()?;
    let mut segments = path.split('/').skip_while(|segment| !segment.eq_ignore_ascii_case(word));
    segments.next()?;
    segments.next().filter(|segment| !segment.is_empty())
}

/// A number in the query of an address: `buildId` of `.../_build/results?buildId=4211&view=logs`.
pub fn query_number(url: &str, name: &str) -> Option<i64> {
    let query = url.split_once('?')?.1.split('#').next()?;
    let pair = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    });
    pair?.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_tells_the_organisation_or_the_collection() {
        for (url, base_url, name, is_cloud) in [
            ("https://dev.azure.com/Contoso/", "https://dev.azure.com/Contoso", "Contoso", true),
            (
                "https://contoso.visualstudio.com/",
                "https://contoso.visualstudio.com",
                "contoso",
                true,
            ),
            (
                "https://contoso.visualstudio.com/DefaultCollection/",
                "https://contoso.visualstudio.com/DefaultCollection",
                "contoso",
                true,
            ),
            ("https://tfs.acme.test/tfs/Main/", "https://tfs.acme.test/tfs/Main", "Main", false),
            ("http://Tfs.Acme.test:8080/Main", "http://tfs.acme.test:8080/Main", "Main", false),
        ] {
            let expected =
                Base { url: base_url.into(), name: Some(name.into()), is_whole: true, is_cloud };
            assert_eq!(base(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn a_bare_server_has_an_address_and_at_most_the_name_of_its_directory() {
        for (url, name) in [
            ("https://tfs.acme.test/tfs/", Some("tfs")),
            ("https://tfs.acme.test/TFS", Some("TFS")),
            ("https://acme.test/", None),
        ] {
            let base = base(url).unwrap();
            assert_eq!((base.name.as_deref(), base.is_whole), (name, false), "{url}");
        }
        for url in ["...", "", "ftp://acme.test/x", "https://", "/tfs/Main"] {
            assert_eq!(base(url), None, "{url}");
        }
    }

    #[test]
    fn resources_of_the_cloud_tell_their_organisation_on_any_of_its_hosts() {
        for (url, expected) in [
            ("https://dev.azure.com/contoso/_apis/x", Some("https://dev.azure.com/contoso")),
            (
                "https://contoso@dev.azure.com/contoso/Web/_git/shop",
                Some("https://dev.azure.com/contoso"),
            ),
            ("https://vsrm.dev.azure.com/contoso/x", Some("https://dev.azure.com/contoso")),
            ("https://contoso.vsrm.visualstudio.com/x", Some("https://contoso.visualstudio.com")),
            (
                "https://contoso.visualstudio.com/Web/_apis",
                Some("https://contoso.visualstudio.com"),
            ),
            ("https://spsprodweu2.vssps.visualstudio.com/A1f7/_apis/Identities/1", None),
            ("https://dev.azure.com/_apis/x", None),
            ("https://dev.azure.com.evil.test/contoso/x", None),
            ("https://tfs.acme.test/tfs/Main/_apis/x", None),
        ] {
            assert_eq!(organisation(url).map(|base| base.url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_sample_is_known_by_its_host_and_not_by_its_path() {
        assert!(is_sample("https://fabrikam-fiber-inc.visualstudio.com/x"));
        assert!(is_sample("http://Fabrikam.example.com"));
        assert!(!is_sample("https://dev.azure.com/FabrikamFiber/web"));
        assert!(!is_sample("https://fabrikam@dev.azure.com/contoso/_git/shop"));
        assert!(!is_sample("https://my-fabrikam.visualstudio.com/"));
        assert!(!is_sample("fabrikam"));
    }

    #[test]
    fn placeholders_are_no_guids() {
        let real = "3FBA1BB9-6e8c-4087-b435-29157f94e9a1";
        assert_eq!(guid(real).as_deref(), Some("3fba1bb9-6e8c-4087-b435-29157f94e9a1"));
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "c12d0eb8-e382-443b-9f9c-c52cba5014c2",
            "F844EC47-A9DB-4511-8281-8B63F4EAF94E",
            "...",
            "",
        ] {
            assert_eq!(guid(text), None, "{text}");
        }
        assert!(is_sample_id("be9b3917-87e6-42a4-a549-2bc06a7a878f"));
    }

    #[test]
    fn ids_are_found_in_paths_and_queries() {
        let project_id = "a7e47f75-3058-4e37-85a8-4f7806df1f73";
        let build = format!("https://contoso.visualstudio.com/{project_id}/_apis/build/Builds/42");
        assert_eq!(project(&build).as_deref(), Some(project_id));
        assert_eq!(project("https://dev.azure.com/contoso/Web/_apis/build/Builds/42"), None);
        assert_eq!(last_number(&build), Some(42));
        assert_eq!(last_number("vstfs:///Build/Build/42"), Some(42));
        assert_eq!(last_number("https://dev.azure.com/contoso/x?id=5"), None);
        assert_eq!(
            number_after("https://h/_apis/wit/workItems/13/updates/2", "workitems"),
            Some(13)
        );
        assert_eq!(query_number("https://h/results?view=logs&buildId=42#top", "buildId"), Some(42));
    }

    #[test]
    fn a_link_is_web_and_carries_no_user_name() {
        let remote = "https://contoso@dev.azure.com/contoso/Web/_git/shop?path=/a";
        assert_eq!(link(remote).unwrap(), "https://dev.azure.com/contoso/Web/_git/shop?path=/a");
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("javascript://x/%0aalert(1)"), None);
        assert_eq!(link("vstfs:///Build/Build/42"), None);
    }
}
