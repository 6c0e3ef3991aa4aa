//! `creel report parse`: what is in files of test results, without sending anything.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::reports;

use super::summary;
use super::{Failure, say};

/// Read files of test results and tell what is in them
///
/// Nothing is sent. Ends with 1 when a file is damaged, or is none.
#[derive(Debug, Args)]
pub struct ParseArgs {
    /// Files of any known format: JUnit, TRX, NUnit, xUnit.net, TestNG, CTest, GoogleTest, or the JSON of Jest,
    /// Vitest, RSpec, Playwright, Cucumber and Test Engine
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ParseArgs) -> Result<(), Failure> {
    let items: Vec<Value> = args.files.iter().map(item).collect();
    let broken = items.iter().filter(|item| !item["error"].is_null()).count();
    if args.json {
        say(json!({ "items": items }))?;
    } else {
        for item in &items {
            say(line(item))?;
        }
    }
    match (broken, items.len()) {
        (0, _) => Ok(()),
        (_, 1) => Err(Failure::new("the file is not read to its end")),
        (broken, all) => {
            Err(Failure::new(format!("{broken} of {all} files are not read to their end")))
        }
    }
}

fn item(path: &PathBuf) -> Value {
    let name = path.to_string_lossy();
    match File::open(path) {
        Ok(file) => {
            let summary = reports::read(BufReader::new(file), &mut |_| ControlFlow::Continue(()));
            summary::item(&name, &summary)
        }
        Err(error) => {
            let mut item = summary::item(&name, &reports::Summary::default());
            item["error"] = json!(format!("it cannot be read: {error}"));
            item
        }
    }
}

fn line(item: &Value) -> String {
    let text = |member: &str| item[member].as_str();
    let file = text("file").unwrap_or_default();
    let counts = ["total", "passed", "failed", "errored", "skipped"];
    let counts: Vec<String> = counts.iter().map(|name| format!("{} {name}", item[*name])).collect();
    let error = text("error").map(|error| format!("; {error}")).unwrap_or_default();
    format!("{file}: {}, {}{error}", text("format").unwrap_or("no report"), counts.join(", "))
}
