//! Who made what is inside the binary, and under which terms: for `examples/licences.rs`, which prints it,
//! and for the test that it is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// A crate, or a package of the pages.
struct Package {
    name: String,
    version: String,
    licence: String,
    authors: Vec<String>,
    folder: PathBuf,
}

/// Files whose names begin so hold terms.
const TERMS: [&str; 6] = ["licence", "license", "copying", "notice", "unlicense", "copyright"];

/// Endings of files that are about something else: an icon of a licence is none.
const CODE: [&str; 11] =
    [".c", ".css", ".h", ".html", ".js", ".json", ".map", ".rs", ".svelte", ".toml", ".ts"];

/// Folders of a package that do not end up in the binary.
const OUTSIDE: [&str; 6] = ["benches", "examples", "node_modules", "target", "testdata", "tests"];

/// A package's folders are looked into this deep: C sources lie some way down.
const DEPTH_MAX: usize = 5;

/// What a package that is public domain says itself, and what comes along without a file of its own.
const NOTES: [(&str, &str); 1] =
    [("libsqlite3-sys", "SQLite, which it brings along, is in the public domain")];

/// The whole list: what there is, then each text once.
pub fn list(root: &Path, target: &str) -> Result<String> {
    let mut packages = crates(root, target)?;
    let of_pages = pages(root)?;
    let mut texts: Vec<String> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut number_of = |text: &str| {
        // The same licence is wrapped and indented in many ways.
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        *numbers.entry(words).or_insert_with(|| {
            texts.push(text.trim_end().to_owned());
            texts.len()
        })
    };
    let mut table = String::from(
        "Creel is linked from, and its pages are bundled from, the packages below. Behind each stand its licence\n\
         and the numbers of the texts that it comes with; the texts follow. The standard library of Rust, under\n\
         MIT OR Apache-2.0, is part of the binary as well.\n\n",
    );
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    for (heading, packages) in [("Crates", &packages), ("Packages of the pages", &of_pages)] {
        if packages.is_empty() {
            continue;
        }
        table.push_str(&format!("{heading}\n\n"));
        for package in packages {
            let mut of_package: Vec<usize> = Vec::new();
            for text in terms(package)? {
                let number = number_of(&text);
                if !of_package.contains(&number) {
                    of_package.push(number);
                }
            }
            let shown: Vec<String> =
                of_package.iter().map(|number| format!("[{number}]")).collect();
            let (name, version, licence) = (&package.name, &package.version, &package.licence);
            table.push_str(&format!("  {name} {version}: {licence} {}\n", shown.join("")));
            if let Some((_, note)) = NOTES.iter().find(|(noted, _)| noted == name) {
                table.push_str(&format!("    {note}.\n"));
            }
        }
        table.push('\n');
    }
    for (index, text) in texts.iter().enumerate() {
        table.push_str(&format!("{:=<100}\n\n{text}\n\n", format!("[{}] ", index + 1)));
    }
    Ok(table)
}

/// Everything the binary is linked from, with the pages inside.
fn crates(root: &Path, target: &str) -> Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--features", "embed-ui", "--filter-platform", target])
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let node = |id: &Value| {
        let nodes = metadata["resolve"]["nodes"].as_array();
        nodes.into_iter().flatten().find(|node| &node["id"] == id)
    };
    let own = &metadata["resolve"]["root"];
    let mut linked: BTreeSet<String> = BTreeSet::new();
    let mut open = vec![own];
    while let Some(id) = open.pop() {
        for needed in node(id).and_then(|node| node["deps"].as_array()).into_iter().flatten() {
            let kinds = needed["dep_kinds"].as_array().into_iter().flatten();
            // Neither what tests need nor what runs while it is built.
            let is_linked = kinds.clone().any(|kind| kind["kind"].is_null());
            if is_linked && linked.insert(text(&needed["pkg"])?) {
                open.push(&needed["pkg"]);
            }
        }
    }
    let packages = metadata["packages"].as_array().context("no packages")?;
    packages
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| linked.contains(id)))
        .map(|package| {
            let manifest = PathBuf::from(text(&package["manifest_path"])?);
            Ok(Package {
                name: text(&package["name"])?,
                version: text(&package["version"])?,
                licence: text(&package["license"])?,
                authors: package["authors"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|author| author.as_str().map(ToOwned::to_owned))
                    .collect(),
                folder: manifest.parent().context("a manifest without a folder")?.to_owned(),
            })
        })
        .collect()
}

/// What the pages are bundled from: the build of the pages writes their names down. None without Node.
fn pages(root: &Path) -> Result<Vec<Package>> {
    let Ok(names) = std::fs::read(root.join("web/.packages.json")) else { return Ok(Vec::new()) };
    let names: Vec<String> = serde_json::from_slice(&names)?;
    let package = |name: String| {
        let folder = root.join("web/node_modules").join(&name);
        let manifest = std::fs::read(folder.join("package.json"))
            .with_context(|| format!("{name} is bundled, and not in web/node_modules"))?;
        let manifest: Value = serde_json::from_slice(&manifest)?;
        let authors = manifest["author"].as_str().or(manifest["author"]["name"].as_str());
        Ok(Package {
            version: text(&manifest["version"])?,
            licence: text(&manifest["license"])?,
            authors: authors.map(ToOwned::to_owned).into_iter().collect(),
            name,
            folder,
        })
    };
    names.into_iter().map(package).collect()
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(ToOwned::to_owned).with_context(|| format!("no text: {value}"))
}

/// All texts that a package brings along; where it brings none, the sentence that takes their place.
fn terms(package: &Package) -> Result<Vec<String>> {
    let mut files = Vec::new();
    find(&package.folder, 0, &mut files)?;
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        texts.push(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    }
    if texts.is_empty() {
        texts.push(stand_in(package)?);
    }
    Ok(texts)
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            if depth < DEPTH_MAX && !name.starts_with('.') && !OUTSIDE.contains(&name.as_str()) {
                find(&path, depth + 1, found)?;
            }
            continue;
        }
        let is_code = CODE.iter().any(|ending| name.ends_with(ending));
        if !is_code && TERMS.iter().any(|start| name.starts_with(start)) {
            found.push(path);
        }
    }
    Ok(())
}

/// Some packages name a common licence and bring no copy of it: the copies of ours have the same words.
fn stand_in(package: &Package) -> Result<String> {
    let Package { name, version, licence, authors, .. } = package;
    let ours = match licence.contains("MIT") {
        true => "LICENSE-MIT",
        false if licence.contains("Apache-2.0") => "LICENSE-APACHE",
        false => bail!("{name} {version} is under {licence} and brings no text of it"),
    };
    let by = match authors.is_empty() {
        true => format!("the authors of {name}"),
        false => authors.join(", "),
    };
    Ok(format!(
        "{name} brings no copy of its licence ({licence}). Copyright (c) {by}. The terms are those of the file\n\
         {ours} beside this one, with that line in place of its own."
    ))
}
