//! Which files are reports of tests, told by their paths.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Paths that are meant. `*` and `?` stay within a name, `**` crosses directories, `{a,b}` are
/// alternatives; capital letters do not matter.
#[derive(Debug, Clone)]
pub struct Patterns {
    set: GlobSet,
}

impl Patterns {
    /// Patterns with commas between them, or `none`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut builder = GlobSetBuilder::new();
        for pattern in split(text).filter(|_| text.trim() != "none") {
            let glob = GlobBuilder::new(pattern)
                .literal_separator(true)
                .case_insensitive(true)
                .build()
                .map_err(|error| format!("`{pattern}` is no pattern: {}", error.kind()))?;
            builder.add(glob);
        }
        Ok(Self { set: builder.build().map_err(|error| error.to_string())? })
    }

    /// Whether a path, of any system, is meant.
    #[must_use]
    pub fn is_match(&self, path: &str) -> bool {
        self.set.is_match(path.replace('\\', "/").trim_start_matches("./"))
    }
}

/// Parts between commas, but for those within braces.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let parts = text.split(move |letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_meant_wherever_they_lie() {
        let patterns = Patterns::parse("**/TEST-*.xml, out/{unit,e2e}/*.json").unwrap();
        for (path, is_meant) in [
            ("TEST-a.xml", true),
            ("./app/target/test-a.xml", true),
            ("app\\target\\TEST-a.xml", true),
            ("TEST-a.xml.gz", false),
            ("out/e2e/a.json", true),
            ("out/e2e/deep/a.json", false),
            ("app/out/e2e/a.json", false),
        ] {
            assert_eq!(patterns.is_match(path), is_meant, "{path}");
        }
    }

    #[test]
    fn none_means_none_and_what_is_no_pattern_is_named() {
        assert!(!Patterns::parse("none").unwrap().is_match("none"));
        let error = Patterns::parse("**/*.xml, a/[b").unwrap_err();
        assert!(error.starts_with("`a/[b` is no pattern: "), "{error}");
    }
}
