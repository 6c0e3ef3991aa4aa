//! The questions.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::address;
use crate::providers::rest::{Accept, Call, Host};

/// As much as the API gives at once, of every list.
const PER_PAGE: &str = "100";
/// Annotations may be a megabyte each.
const ANNOTATIONS_PER_PAGE: &str = "30";

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// 4,000 jobs of some kilobytes each, with room.
const BUILD_BYTES_MAX: u64 = 64 * MIB;
const PAGE_BYTES_MAX: u64 = 16 * MIB;
const ANNOTATIONS_BYTES_MAX: u64 = 32 * MIB;
/// Reports of tests: a hundred thousand tests have half of it.
pub const REPORT_BYTES_MAX: u64 = 32 * MIB;
/// As large as the provider lets a log become.
const LOG_BYTES_MAX: u64 = 1024 * MIB;

/// Bytes that a part of a path keeps as they are; all others, a slash among them, would change where
/// it leads.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn part(word: &str) -> String {
    // A part of dots alone is a direction, not a name.
    if word.bytes().all(|byte| byte == b'.') {
        return word.replace('.', "%2E");
    }
    utf8_percent_encode(word, KEPT).to_string()
}

/// Where a build is found. Its UUID leads nowhere in this API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPlace {
    pub organization: String,
    pub pipeline: String,
    pub number: i64,
}

impl BuildPlace {
    /// Read it out of an address of the build, of the API or of the pages.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let address = address::read(url)?;
        Some(Self {
            organization: address.organization.to_owned(),
            pipeline: address.pipeline?.to_owned(),
            number: address.number?,
        })
    }

    fn call(&self, below: &str, what: &'static str, right: &'static str) -> Call {
        let pipeline = pipeline_path(&self.organization, &self.pipeline);
        json(format!("{pipeline}/builds/{}{below}", self.number), what, right)
    }

    /// The build with all its jobs, retried ones too.
    #[must_use]
    pub fn whole(&self) -> Call {
        Call {
            query: vec![("include_retried_jobs", "true".to_owned())],
            bytes_max: BUILD_BYTES_MAX,
            ..self.call("", "the build", "read_builds")
        }
    }

    /// The build without its jobs: small, whatever the build is.
    #[must_use]
    pub fn alone(&self) -> Call {
        Call {
            query: vec![("exclude_jobs", "true".to_owned())],
            ..self.call("", "the build", "read_builds")
        }
    }

    /// Its jobs, retried ones too, a page at a time: `after` is the cursor that the page before gave.
    #[must_use]
    pub fn jobs(&self, after: Option<&str>) -> Call {
        let mut call = self.call("/jobs", "the jobs", "read_builds");
        call.query =
            vec![("include_retried_jobs", "true".to_owned()), ("per_page", PER_PAGE.to_owned())];
        call.query.extend(after.map(|cursor| ("after", cursor.to_owned())));
        call
    }

    /// The log of a job, as its agent wrote it.
    #[must_use]
    pub fn log(&self, job: &str) -> Call {
        Call {
            accept: Accept::Text,
            bytes_max: LOG_BYTES_MAX,
            ..self.call(&format!("/jobs/{}/log.txt", part(job)), "the log", "read_build_logs")
        }
    }

    /// What all its jobs left behind, by page, counted from 1.
    #[must_use]
    pub fn artifacts(&self, page: u32) -> Call {
        paged(self.call("/artifacts", "the artifacts", "read_artifacts"), PER_PAGE, page)
    }

    /// What a job left behind, by the provider's id of it. It is kept with somebody else.
    #[must_use]
    pub fn artifact(&self, job: &str, artifact: &str) -> Call {
        let below = format!("/jobs/{}/artifacts/{}/download", part(job), part(artifact));
        Call {
            accept: Accept::Elsewhere,
            bytes_max: REPORT_BYTES_MAX,
            ..self.call(&below, "the artifact", "read_artifacts")
        }
    }

    /// The notes on its page.
    #[must_use]
    pub fn annotations(&self, page: u32) -> Call {
        let call = self.call("/annotations", "the annotations", "read_builds");
        let call = Call { bytes_max: ANNOTATIONS_BYTES_MAX, ..call };
        paged(call, ANNOTATIONS_PER_PAGE, page)
    }
}

/// Agents that are there now; gone ones are not listed.
#[must_use]
pub fn agents(organization: &str, page: u32) -> Call {
    let path = format!("{}/agents", organization_path(organization));
    paged(json(path, "the agents", "read_agents"), PER_PAGE, page)
}

/// Who the token is, and what it may do.
#[must_use]
pub fn token() -> Call {
    Call {
        bytes_max: 64 * KIB,
        ..json("/access-token".to_owned(), "the rights of the token", "a token that is valid")
    }
}

fn organization_path(organization: &str) -> String {
    format!("/organizations/{}", part(organization))
}

fn pipeline_path(organization: &str, pipeline: &str) -> String {
    format!("{}/pipelines/{}", organization_path(organization), part(pipeline))
}

fn json(path: String, what: &'static str, right: &'static str) -> Call {
    Call {
        host: Host::Main,
        path,
        query: Vec::new(),
        accept: Accept::Json,
        what,
        right,
        bytes_max: PAGE_BYTES_MAX,
    }
}

fn paged(mut call: Call, per_page: &str, page: u32) -> Call {
    call.query.push(("per_page", per_page.to_owned()));
    call.query.push(("page", page.to_string()));
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The call as it goes out, without the base.
    fn line(call: &Call) -> String {
        let query: Vec<_> =
            call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match query.is_empty() {
            true => call.path.clone(),
            false => format!("{}?{}", call.path, query.join("&")),
        }
    }

    #[test]
    fn a_build_is_asked_for_by_its_place() {
        let url = "https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/7";
        let place = BuildPlace::of(url).unwrap();
        assert_eq!(BuildPlace::of("https://buildkite.com/acme/shop/builds/7"), Some(place.clone()));
        assert_eq!(BuildPlace::of("https://buildkite.com/acme/shop"), None);

        let build = "/organizations/acme/pipelines/shop/builds/7";
        for (call, expected, right) in [
            (place.whole(), format!("{build}?include_retried_jobs=true"), "read_builds"),
            (place.alone(), format!("{build}?exclude_jobs=true"), "read_builds"),
            (
                place.jobs(None),
                format!("{build}/jobs?include_retried_jobs=true&per_page=100"),
                "read_builds",
            ),
            (
                place.jobs(Some("c=1")),
                format!("{build}/jobs?include_retried_jobs=true&per_page=100&after=c=1"),
                "read_builds",
            ),
            (place.log("j1"), format!("{build}/jobs/j1/log.txt"), "read_build_logs"),
            (
                place.artifacts(2),
                format!("{build}/artifacts?per_page=100&page=2"),
                "read_artifacts",
            ),
            (
                place.artifact("j1", "a/1"),
                format!("{build}/jobs/j1/artifacts/a%2F1/download"),
                "read_artifacts",
            ),
            (
                place.annotations(1),
                format!("{build}/annotations?per_page=30&page=1"),
                "read_builds",
            ),
        ] {
            assert_eq!((line(&call), call.right), (expected, right));
        }
        assert_eq!(place.log("j1").accept, Accept::Text);
    }

    #[test]
    fn lists_are_asked_for_by_page() {
        let acme = "/organizations/acme";
        assert_eq!(line(&agents("acme", 3)), format!("{acme}/agents?per_page=100&page=3"));
        assert_eq!(line(&token()), "/access-token");
    }

    #[test]
    fn a_word_stays_one_part_of_the_path() {
        for (word, part_of_path) in [
            ("shop-2.0_a~b", "shop-2.0_a~b"),
            ("../secret", "..%2Fsecret"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("a?b#c", "a%3Fb%23c"),
            ("Läden", "L%C3%A4den"),
        ] {
            assert_eq!(agents(word, 1).path, format!("/organizations/{part_of_path}/agents"));
        }
    }
}
