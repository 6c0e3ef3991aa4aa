//! Which branches and pipelines a monitor looks at.

use serde::{Deserialize, Serialize};

use super::TestedBuild;

/// Stands for every branch that others come from, whatever it is called.
const DEFAULT_BRANCH: &str = "@default";

/// Patterns of one list; more would be a mistake.
const PATTERNS_MAX: usize = 100;

/// Bytes of a pattern.
const PATTERN_MAX: usize = 256;

/// Patterns of names: `*` stands for any characters, `?` for one, and a leading `!` takes out what
/// the patterns before let in. Of branches, `@default` is the default branch. A pipeline is matched by
/// every name it has: its slug, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Patterns(pub Vec<String>);

impl Patterns {
    #[must_use]
    pub fn all() -> Self {
        Self(vec!["*".to_owned()])
    }

    #[must_use]
    pub fn default_branch() -> Self {
        Self(vec![DEFAULT_BRANCH.to_owned()])
    }

    #[must_use]
    pub fn has_branch_of(&self, build: &TestedBuild) -> bool {
        let branch = build.branch.as_deref().unwrap_or_default();
        self.let_in(|pattern| match pattern {
            DEFAULT_BRANCH => build.on_default,
            pattern => matches(pattern, branch),
        })
    }

    #[must_use]
    pub fn has_pipeline(&self, names: &[&str]) -> bool {
        // One that nobody gave a name is let in by `*`.
        let names = if names.is_empty() { &[""] } else { names };
        self.let_in(|pattern| names.iter().any(|name| matches(pattern, name)))
    }

    /// The last pattern that matches decides.
    fn let_in(&self, matches: impl Fn(&str) -> bool) -> bool {
        let mut newest_first = self.0.iter().rev();
        let decides = newest_first.find(|pattern| matches(pattern.trim_start_matches('!')));
        decides.is_some_and(|pattern| !pattern.starts_with('!'))
    }

    /// What is wrong with them, to be read behind the name of the list.
    pub(super) fn wrong(&self) -> Option<String> {
        let Some(first) = self.0.first() else {
            return Some("names nothing; hint: `*` stands for all".into());
        };
        if self.0.len() > PATTERNS_MAX {
            return Some(format!("has {} patterns; at most {PATTERNS_MAX} are read", self.0.len()));
        }
        if self.0.iter().any(|pattern| pattern.trim_start_matches('!').trim().is_empty()) {
            return Some("has an empty pattern; hint: `*` stands for all".into());
        }
        if self.0.iter().any(|pattern| pattern.len() > PATTERN_MAX) {
            return Some(format!("has a pattern of more than {PATTERN_MAX} bytes"));
        }
        first.starts_with('!').then(|| {
            format!("begins with `{first}`, which takes out of nothing; hint: put `*` before it")
        })
    }
}

/// `*` and `?`, in time that is bounded by the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when it does not fit: behind the last star, one character further each time.
    let mut again = None;
    loop {
        let before = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = before.clone();
                again = Some((pattern.clone(), before));
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((behind_star, skipped)) = &mut again else { return false };
                if skipped.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind_star.clone(), skipped.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn build(branch: &str, on_default: bool) -> TestedBuild {
        TestedBuild {
            id: 1,
            at: Timestamp(0),
            number: None,
            label: None,
            on_default,
            branch: (!branch.is_empty()).then(|| branch.into()),
            commit: None,
            failed_tests: 0,
        }
    }

    fn patterns(patterns: &[&str]) -> Patterns {
        Patterns(patterns.iter().map(|&pattern| pattern.to_owned()).collect())
    }

    #[test]
    fn stars_stand_for_anything_and_question_marks_for_one_character() {
        for (pattern, text, is_match) in [
            ("*", "", true),
            ("*", "feature/x", true),
            ("main", "main", true),
            ("main", "mains", false),
            ("main", "mai", false),
            ("release/*", "release/1.2", true),
            ("release/*", "release", false),
            ("*/fix-?", "ada/fix-7", true),
            ("*/fix-?", "ada/fix-", false),
            ("*a*b", "xaxxaxb", true),
            ("*a*b", "xaxxaxbc", false),
            ("a*", "ba", false),
            ("**", "x", true),
            ("ä?", "äß", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), is_match, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_costs_little() {
        let text = "a".repeat(4_000);
        assert!(!matches(&format!("{}b", "*a".repeat(100)), &text));
    }

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let scope = patterns(&["*", "!renovate/*", "renovate/keep"]);
        assert!(scope.has_branch_of(&build("feature/x", false)));
        assert!(!scope.has_branch_of(&build("renovate/serde", false)));
        assert!(scope.has_branch_of(&build("renovate/keep", false)));
    }

    #[test]
    fn the_default_branch_is_meant_whatever_its_name() {
        let scope = Patterns::default_branch();
        assert!(scope.has_branch_of(&build("trunk", true)));
        assert!(scope.has_branch_of(&build("", true)));
        assert!(!scope.has_branch_of(&build("main", false)));
        assert!(Patterns::all().has_branch_of(&build("", false)));
    }

    #[test]
    fn a_pipeline_is_known_by_any_of_its_names() {
        let scope = patterns(&["shop-*"]);
        assert!(scope.has_pipeline(&["Shop CI", "shop-ci"]));
        assert!(!scope.has_pipeline(&["Docs"]));
        assert!(Patterns::all().has_pipeline(&[]));
    }

    #[test]
    fn lists_that_cannot_be_meant_are_refused_with_a_reason() {
        for (list, word) in [
            (&[][..], "names nothing"),
            (&["!main"], "takes out of nothing"),
            (&["*", " "], "empty pattern"),
            (&["*", "!"], "empty pattern"),
        ] {
            let why = patterns(list).wrong().expect("wrong");
            assert!(why.contains(word), "{why}");
        }
        assert_eq!(Patterns::all().wrong(), None);
    }
}
