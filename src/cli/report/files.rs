//! Which files a job reports: what patterns find below a directory, within bounds.
//!
//! `*` and `?` stay within a name, `**` crosses directories, `{a,b}` are alternatives. A directory stands
//! for the reports below it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

/// Most files of one report.
pub const FILES_MAX: usize = 10_000;

/// Bytes of all files of one report. More than a hundred times what a large suite writes.
pub const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A pattern that leads through more than this begins too high up.
const SEEN_MAX: usize = 1_000_000;

/// What a directory stands for.
const BELOW: &str = "**/*.{xml,trx,json}";

/// Directories that hold other people's files, unless a pattern names them.
const PASSED_OVER: [&str; 2] = [".git", "node_modules"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: PathBuf,
    /// As people know it: from where the job stands.
    pub name: String,
    pub bytes: u64,
}

/// What was found, by name, and what there is to say about it.
#[derive(Debug, Default)]
pub struct Found {
    pub files: Vec<File>,
    pub notes: Vec<String>,
}

/// Patterns of one text: with `;` or a line's end between them.
#[must_use]
pub fn patterns(text: &str) -> Vec<String> {
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(ToOwned::to_owned).collect()
}

/// All that the patterns find; those that are relative, below `root`.
#[must_use]
pub fn find(root: &Path, patterns: &[String]) -> Found {
    let mut search =
        Search { root, found: Found::default(), known: BTreeSet::new(), seen: 0, outside: 0 };
    for pattern in patterns {
        let before = search.known.len();
        match search.look_for(pattern) {
            Err(why) => search.found.notes.push(format!("{pattern}: {why}")),
            Ok(()) if search.known.len() == before => {
                search.found.notes.push(format!("{pattern}: no file matches"));
            }
            Ok(()) => {}
        }
    }
    if search.outside > 0 {
        let note = format!("{} links lead elsewhere and were not followed", search.outside);
        search.found.notes.push(note);
    }
    within_bounds(search.found)
}

struct Search<'r> {
    root: &'r Path,
    found: Found,
    /// Files by where they really are: each comes once.
    known: BTreeSet<PathBuf>,
    seen: usize,
    outside: usize,
}

impl Search<'_> {
    fn look_for(&mut self, pattern: &str) -> Result<(), String> {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let (base, rest) = split(pattern);
        let at = self.root.join(base);
        let rest = match rest {
            Some(rest) => rest,
            // Without a wildcard it is one file, which may be a link: somebody said so.
            None if at.is_file() => {
                self.take(&at);
                return Ok(());
            }
            None if at.is_dir() => BELOW,
            None => return Err("there is no such file".to_owned()),
        };
        if !at.is_dir() {
            return Ok(());
        }
        let glob = GlobBuilder::new(rest).literal_separator(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        let depth = match rest.contains("**") {
            true => usize::MAX,
            false => rest.split('/').count(),
        };
        self.walk(&at, &glob, depth, pattern)
    }

    fn walk(
        &mut self,
        at: &Path,
        glob: &GlobMatcher,
        depth: usize,
        pattern: &str,
    ) -> Result<(), String> {
        let tree = at.canonicalize().map_err(|error| error.to_string())?;
        let passed_over = PASSED_OVER.iter().filter(|name| !pattern.contains(**name));
        let passed_over: Vec<&str> = passed_over.copied().collect();
        let is_wanted = |entry: &DirEntry| {
            entry.depth() == 0
                || !entry.file_type().is_dir()
                || !passed_over.iter().any(|name| entry.file_name() == *name)
        };
        // Links are not entered, so that no circle is walked and nothing outside is read.
        let walk = WalkDir::new(at).max_depth(depth).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(is_wanted) {
            self.seen += 1;
            if self.seen > SEEN_MAX {
                return Err(format!(
                    "more than {SEEN_MAX} files were looked at; let it begin further down"
                ));
            }
            // What may not be looked into holds no report of ours.
            let Ok(entry) = entry else { continue };
            let below = entry.path().strip_prefix(at).unwrap_or(entry.path());
            if entry.file_type().is_dir() || !glob.is_match(below) {
                continue;
            }
            if entry.path_is_symlink() {
                let real = entry.path().canonicalize().ok().filter(|real| real.is_file());
                if !real.is_some_and(|real| real.starts_with(&tree)) {
                    self.outside += 1;
                    continue;
                }
            }
            self.take(entry.path());
        }
        Ok(())
    }

    fn take(&mut self, path: &Path) {
        let Ok(real) = path.canonicalize() else { return };
        let Ok(meta) = path.metadata() else { return };
        if !meta.is_file() || !self.known.insert(real) {
            return;
        }
        let name = path.strip_prefix(self.root).unwrap_or(path);
        self.found.files.push(File {
            name: name.to_string_lossy().replace('\\', "/"),
            path: path.to_owned(),
            bytes: meta.len(),
        });
    }
}

/// The directories that a pattern names plainly, and the rest, where there is a wildcard in it.
fn split(pattern: &str) -> (&str, Option<&str>) {
    let Some(wild) = pattern.find(['*', '?', '[', '{']) else { return (pattern, None) };
    match pattern[..wild].rfind('/') {
        Some(at) => (&pattern[..=at], Some(&pattern[at + 1..])),
        None => ("", Some(pattern)),
    }
}

fn within_bounds(mut found: Found) -> Found {
    found.files.sort_by(|a, b| a.name.cmp(&b.name));
    let count = found.files.len();
    let mut bytes = 0_u64;
    found.files.truncate(FILES_MAX);
    found.files.retain(|file| {
        let fits = bytes.saturating_add(file.bytes) <= BYTES_MAX;
        if fits {
            bytes += file.bytes;
        }
        fits
    });
    let kept = found.files.len();
    if kept < count {
        found.notes.push(format!(
            "{count} files match: {kept} of them are reported ({FILES_MAX} files and {} MiB \
             are the most)",
            BYTES_MAX / 1024 / 1024
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these files.
    fn tree(files: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for file in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, "<testsuites/>").expect("written");
        }
        directory
    }

    fn names(root: &Path, text: &str) -> Vec<String> {
        find(root, &patterns(text)).files.into_iter().map(|file| file.name).collect()
    }

    const FILES: &[&str] = &[
        "a.xml",
        "app/reports/unit/b.xml",
        "app/reports/c.xml",
        "app/reports/c.trx",
        "app/node_modules/x/d.xml",
        "notes.txt",
    ];

    #[test]
    fn patterns_are_read_as_people_mean_them() {
        let tree = tree(FILES);
        for (text, expected) in [
            ("*.xml", vec!["a.xml"]),
            ("./*.xml", vec!["a.xml"]),
            ("**/*.xml", vec!["a.xml", "app/reports/c.xml", "app/reports/unit/b.xml"]),
            ("app/*/*.xml", vec!["app/reports/c.xml"]),
            ("app/**/c.{xml,trx}", vec!["app/reports/c.trx", "app/reports/c.xml"]),
            ("a.xml ; app/reports/*.trx", vec!["a.xml", "app/reports/c.trx"]),
            ("a.xml\n*.xml\n", vec!["a.xml"]),
            (
                "app/reports",
                vec!["app/reports/c.trx", "app/reports/c.xml", "app/reports/unit/b.xml"],
            ),
            ("app/node_modules/**/*.xml", vec!["app/node_modules/x/d.xml"]),
        ] {
            assert_eq!(names(tree.path(), text), expected, "{text}");
        }
        let absolute = tree.path().join("app/*/c.xml");
        assert_eq!(names(tree.path(), &absolute.to_string_lossy()), ["app/reports/c.xml"]);
    }

    #[test]
    fn what_finds_nothing_is_told() {
        let tree = tree(FILES);
        let found = find(tree.path(), &patterns("b.xml;gone/**/*.xml;*.xm;[a"));
        assert!(found.files.is_empty());
        assert_eq!(
            found.notes,
            [
                "b.xml: there is no such file",
                "gone/**/*.xml: no file matches",
                "*.xm: no file matches",
                "[a: unclosed character class; missing ']'",
            ]
        );
    }

    #[test]
    fn links_out_of_the_tree_and_circles_are_not_followed() {
        let (tree, elsewhere) = (tree(FILES), tree(&["secret.xml", "sub/more.xml"]));
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, tree.path().join("app").join(name)).expect("a link");
        };
        link(&elsewhere.path().join("secret.xml"), "out.xml");
        link(elsewhere.path(), "out");
        link(tree.path(), "circle");
        link(&tree.path().join("app/reports/c.xml"), "inside.xml");
        let found = find(tree.path(), &patterns("app/**/*.xml"));
        let names: Vec<_> = found.files.iter().map(|file| file.name.as_str()).collect();
        // The link and what it leads to are one file.
        assert_eq!(names, ["app/inside.xml", "app/reports/unit/b.xml"]);
        assert_eq!(found.notes, ["1 links lead elsewhere and were not followed"]);
        // Where the pattern itself goes through the link, somebody meant it.
        assert_eq!(self::names(tree.path(), "app/out/*.xml"), ["app/out/secret.xml"]);
    }
}
