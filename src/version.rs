//! Which Creel this is. The commit is put in by `build.rs`, where it is known.

use std::sync::LazyLock;

/// `0.2.0`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `abc1234 2026-11-26`; `None` in a build from an archive.
pub const COMMIT: Option<&str> = option_env!("CREEL_COMMIT");

/// For people: `0.2.0 (abc1234 2026-11-26)`.
#[must_use]
pub fn full() -> &'static str {
    static FULL: LazyLock<String> = LazyLock::new(|| with(COMMIT));
    &FULL
}

/// For machines: the commit's hash, empty where it is not known.
#[must_use]
pub fn hash() -> &'static str {
    COMMIT.and_then(|commit| commit.split(' ').next()).unwrap_or_default()
}

fn with(commit: Option<&str>) -> String {
    commit.map_or_else(|| VERSION.to_owned(), |commit| format!("{VERSION} ({commit})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_told_where_it_is_known() {
        assert_eq!(with(Some("abc1234 2026-11-26")), format!("{VERSION} (abc1234 2026-11-26)"));
        assert_eq!(with(None), VERSION);
    }
}
