//! Where a job runs, told by its environment: a [`Ci`] out of a map of variables. Nothing is read
//! here and nobody is asked.

mod azure;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod teamcity;

use std::collections::BTreeMap;

use crate::model::{Ci, Shard};

pub use teamcity::PROPERTIES as TEAMCITY_PROPERTIES;

/// The variables of a job. Those that are not set and those that are set to nothing are the same to it,
/// and so are `$(NAME)`s: Azure Pipelines leaves them where it knows no variable of that name, above all
/// a secret that builds of forks do not get.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

/// The place that a job runs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub ci: Ci,
    /// It builds what somebody else's copy of the repository asks to have pulled.
    pub is_fork: bool,
    /// What people should know when a word is missing.
    pub hint: Option<&'static str>,
}

impl Place {
    /// Where this is. A CI that nobody knows is a place without a name.
    #[must_use]
    pub fn of(variables: &Variables) -> Self {
        let detect: fn(&Variables) -> Self = if variables.is("BUILDKITE") {
            buildkite::place
        } else if variables.is("TF_BUILD") {
            azure::place
        } else if variables.is("GITHUB_ACTIONS") {
            github::place
        } else if variables.is("GITLAB_CI") {
            gitlab::place
        } else if variables.is("CIRCLECI") {
            circleci::place
        } else if variables.get("TEAMCITY_VERSION").is_some() {
            teamcity::place
        } else if ["JENKINS_URL", "JENKINS_HOME", "HUDSON_URL"]
            .iter()
            .any(|name| variables.get(name).is_some())
            && variables.get("BUILD_NUMBER").is_some()
        {
            // The last, since what an agent of it starts inherits these.
            jenkins::place
        } else {
            |_| Self {
                hint: Some(
                    "this is no CI that it knows: tell it with --ci, e.g. \
                     '{\"provider\": \"drone\", \"source\": \"ci.example.com\", \"pipeline\": \"shop\", \"build\": \"42\"}'",
                ),
                ..Self::default()
            }
        };
        detect(variables)
    }

    /// The words without which nobody can tell which build it is.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let Ci { provider, source, build, .. } = &self.ci;
        [("provider", provider), ("source", source), ("build", build)]
            .into_iter()
            .filter_map(|(name, word)| word.is_none().then_some(name))
            .collect()
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Extend<(String, String)> for Variables {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, pairs: I) {
        self.0.extend(pairs);
    }
}

impl Variables {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty() && !is_left_over(value)).then_some(value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(ToOwned::to_owned)
    }

    /// The first of several that says something.
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.get(name)?.parse().ok()
    }

    fn is(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A full hash, in lower case. `HEAD` and other names are none.
    fn commit(&self, name: &str) -> Option<String> {
        commit(self.get(name)?)
    }

    /// A branch by its short name.
    fn branch(&self, name: &str) -> Option<String> {
        let name = self.get(name)?;
        Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned())
    }

    fn shard(&self, index: &str, count: &str, first: u32) -> Option<Shard> {
        let count = self.number(count).filter(|count| *count > 1)?;
        let index = self.number::<u32>(index)?.checked_sub(first)?;
        (index < count).then_some(Shard { index, count })
    }
}

/// A commit's hash, in lower case.
#[must_use]
pub fn commit(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hash =
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

/// `$(Some.Variable)`.
fn is_left_over(value: &str) -> bool {
    let name = value.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    name.is_some_and(|name| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    })
}

/// An address without its scheme and the slash at its end: `ci.example.com/jenkins`.
fn server(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // Nobody's name and password belong to where it is.
    let end = rest.find('/').unwrap_or(rest.len());
    let host_at = rest[..end].rfind('@').map_or(0, |at| at + 1);
    let named = rest[host_at..].trim_end_matches('/');
    (!named.is_empty()).then(|| named.to_owned())
}

/// The number at the end of `https://github.com/acme/shop/pull/12` or of `PR-12`.
fn trailing_number(text: &str) -> Option<i64> {
    let digits = text.rfind(|c: char| !c.is_ascii_digit()).map_or(text, |at| {
        let width = text[at..].chars().next().map_or(1, char::len_utf8);
        &text[at + width..]
    });
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
