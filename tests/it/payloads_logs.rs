//! Logs that others have captured, read as the vendor's own renderer shows them.
//!
//! The logs are not ours and not in this repository: `CREEL_PAYLOADS` names the folder. Kept here is only how they are
//! laid out: lines, groups, levels, and no line's text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;

use creel::logs::{Dialect, Intake, Line, Reader, Run};
use creel::model::Timestamp;
use serde_json::Value;

use crate::support::payloads;

type Log = Reader<Cursor<Vec<u8>>>;

fn stored(dialect: Dialect, bytes: &[u8]) -> Log {
    let mut intake = Intake::new(dialect, Vec::new()).unwrap();
    // As a network would bring it.
    for piece in bytes.chunks(1500) {
        intake.take(piece).unwrap();
    }
    Reader::open(Cursor::new(intake.finish().unwrap().1)).unwrap()
}

fn all_lines(log: &mut Log) -> Vec<Line> {
    log.lines(1, usize::MAX, usize::MAX).unwrap()
}

/// Every log there is, by name: files, and those within answers of an API.
fn logs() -> BTreeMap<String, (Dialect, Vec<u8>)> {
    let mut logs = BTreeMap::new();
    let Some(folder) = payloads() else { return logs };
    for file in fs::read_dir(folder.join("buildkite/logs")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(name) = name.strip_suffix(".txt") {
            let name = name.trim_end_matches(".raw").replace("__", "_");
            logs.insert(name, (Dialect::Buildkite, fs::read(&path).unwrap()));
        }
    }
    let mut within = |file: &str, dialect, pointer: &str| {
        let body: Value = serde_json::from_slice(&fs::read(folder.join(file)).unwrap()).unwrap();
        let text = match body.pointer(pointer).unwrap() {
            Value::Array(lines) => {
                let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
                lines.join("\n") + "\n"
            }
            text => text.as_str().unwrap().to_owned(),
        };
        let name = file.rsplit('/').next().unwrap().trim_end_matches(".json").replace("__", "_");
        logs.insert(name, (dialect, text.into_bytes()));
    };
    for file in ["derived__bash-example__job-log", "real__kevinburke__job-log"] {
        within(&format!("buildkite/api/{file}.json"), Dialect::Buildkite, "/content");
    }
    let azure = Dialect::AzureDevOps;
    within("azure-devops-api/build-log-text.synthetic.json", azure, "/body");
    within("azure-devops-api/build-log-json.synthetic.json", azure, "/body/value");
    logs
}

/// A line as the vendor renders it, put as `time|text in {classes}runs`.
fn from_html(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    if let Some((time, after)) =
        line.strip_prefix("<time datetime=\"").and_then(|rest| rest.split_once("</time>"))
    {
        let time = Timestamp::parse_rfc3339(time.split_once('"').unwrap().0).unwrap();
        write!(shown, "{}|", time.0).unwrap();
        rest = after;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("<span class=\"") {
            let (classes, after) = after.split_once("\">").unwrap();
            write!(shown, "{{{classes}}}").unwrap();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("</span>") {
            shown.push_str("{}");
            rest = after;
        } else if rest.starts_with('&') {
            let (name, after) = rest[1..].split_once(';').unwrap();
            shown.push_str(match name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                "#39" => "'",
                "#47" => "/",
                // It stands for an empty line, so that a browser gives it its height.
                "nbsp" => "",
                other => panic!("&{other};"),
            });
            rest = after;
        } else {
            let end = rest.find(['<', '&']).unwrap_or(rest.len());
            shown.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    shown
}

/// The same of a line of ours, in the words of the vendor's style sheet.
fn from_ours(line: &Line) -> String {
    let time = line.at.map(|at| format!("{at}|")).unwrap_or_default();
    let runs = line.runs.iter().map(|Run { text, style, .. }| {
        let mut classes = Vec::new();
        if let Some(colour) = style.foreground() {
            classes.push(match colour.to_string().as_str() {
                "red" => "term-fg31".to_owned(),
                "green" => "term-fg32".to_owned(),
                "yellow" => "term-fg33".to_owned(),
                "bright-black" => "term-fgi90".to_owned(),
                other => format!("no class known for {other}"),
            });
        }
        if style.is_bold() {
            classes.push("term-fg1".to_owned());
        }
        match classes.is_empty() {
            true => text.clone(),
            false => format!("{{{}}}{text}{{}}", classes.join(" ")),
        }
    });
    time + &runs.collect::<String>()
}

#[test]
fn payloads_of_logs_show_what_the_vendors_renderer_shows() {
    let Some(folder) = payloads() else { return };
    let mut compared = 0;
    for (name, (dialect, bytes)) in logs() {
        let file = format!("buildkite/logs/{}.rendered.html", name.replacen('_', "__", 1));
        let Ok(truth) = fs::read_to_string(folder.join(&file)) else { continue };
        let ours: Vec<String> =
            all_lines(&mut stored(dialect, &bytes)).iter().map(from_ours).collect();
        let theirs: Vec<String> = truth.lines().map(from_html).collect();
        if name == "ansi_huge-line" {
            // Their renderer breaks a line where its memory is full, at 32,000 characters. It is one line in the log,
            // and its number is that of the line: ours stays whole, the text is the same.
            assert_eq!(ours.concat(), theirs.concat());
            assert_eq!((ours.len(), theirs.len()), (313, 314));
            compared += 1;
            continue;
        }
        for (n, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(ours, theirs, "{name}, line {}", n + 1);
        }
        assert_eq!(ours.len(), theirs.len(), "{name}");
        compared += 1;
    }
    assert!(compared >= 7, "{compared} logs have a rendering");
}

#[test]
fn payloads_of_logs_are_kept_and_laid_out() {
    for (name, (dialect, bytes)) in logs() {
        let mut log = stored(dialect, &bytes);
        let mut shown = format!("{} bytes, {} lines\n", log.bytes(), log.line_count());
        let outline = log.outline().unwrap();
        writeln!(
            shown,
            "from {} to {}",
            outline.first_at.unwrap_or_default(),
            outline.last_at.unwrap_or_default()
        )
        .unwrap();
        for group in outline.groups.iter().take(40) {
            writeln!(
                shown,
                "group {}-{} level {}{} from {} took {}",
                group.start,
                group.end,
                group.level,
                if group.is_open { " open" } else { "" },
                group.started_at.unwrap_or_default(),
                group.duration_ms.unwrap_or(-1),
            )
            .unwrap();
        }
        writeln!(
            shown,
            "errors {} {:?}",
            outline.error_count,
            outline.errors.iter().take(40).collect::<Vec<_>>()
        )
        .unwrap();
        writeln!(
            shown,
            "warnings {} {:?}",
            outline.warning_count,
            outline.warnings.iter().take(40).collect::<Vec<_>>()
        )
        .unwrap();
        for line in log.lines(1, 12, 8192).unwrap() {
            let runs: Vec<String> = line
                .runs
                .iter()
                .map(|run| {
                    let colour = run.style.foreground().map(|colour| colour.to_string());
                    format!(
                        "{}{}",
                        run.text.chars().count(),
                        colour.map(|c| format!(" {c}")).unwrap_or_default()
                    )
                })
                .collect();
            writeln!(
                shown,
                "line {} at {} {} depth {} characters [{}]{}",
                line.n,
                line.at.unwrap_or_default(),
                line.level.map_or("-", creel::logs::Level::word),
                line.depth,
                runs.join(", "),
                line.cut.map(|cut| format!(" of {cut}")).unwrap_or_default(),
            )
            .unwrap();
        }
        insta::with_settings!({
            snapshot_path => "snapshots/logs",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name.as_str(), shown);
        });

        let mut raw = log.into_pieces(0);
        let mut back = Vec::new();
        while let Some((_, piece)) = raw.next_piece().unwrap() {
            back.extend(piece);
        }
        assert!(back == bytes, "{name} comes back byte for byte");
    }
}
