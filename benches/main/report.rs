//! Goals, what was measured, and the page that says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
}

/// A figure we want, from the worst that passes to the best we hope for.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    pub number: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    pub floor: f64,
    pub aim: f64,
    pub better: Better,
    /// Steady enough to fail a quick run on a shared machine.
    pub in_quick: bool,
}

impl Goal {
    fn holds(&self, measured: f64, bound: f64) -> bool {
        match self.better {
            Better::Higher => measured >= bound,
            Better::Lower => measured <= bound,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Figure {
    pub goal: Goal,
    pub measured: f64,
    /// The absolute figures behind a ratio.
    pub note: String,
}

/// Everything one run found.
#[derive(Debug, Default)]
pub struct Report {
    pub figures: Vec<Figure>,
    /// Tables of absolute figures, as they are printed.
    pub details: Vec<String>,
    pub is_quick: bool,
    /// Where each figure goes as soon as it is there; a run of millions may be cut short.
    pub page: Option<PathBuf>,
}

impl Report {
    pub fn add(&mut self, goal: Goal, measured: f64, note: impl Into<String>) {
        let figure = Figure { goal, measured, note: note.into() };
        let line = line(&figure, self.is_quick);
        eprintln!("  {line}");
        if let Some(page) = &self.page
            && let Err(error) = put(page, &figure.goal, &line)
        {
            eprintln!("  not written: {error:#}");
        }
        self.figures.push(figure);
    }

    /// Whether every floor that counts in this run was reached.
    pub fn passes(&self) -> bool {
        self.figures.iter().all(|figure| {
            let counts = !self.is_quick || figure.goal.in_quick;
            !counts || figure.goal.holds(figure.measured, figure.goal.floor)
        })
    }

    pub fn table(&self) -> String {
        let mut table = String::from(
            "| # | goal | floor | aim | measured | | behind it |\n\
             | --- | --- | ---: | ---: | ---: | --- | --- |\n",
        );
        for figure in &self.figures {
            table.push_str(&line(figure, self.is_quick));
            table.push('\n');
        }
        for detail in &self.details {
            let _ = write!(table, "\n{detail}");
        }
        table
    }

    /// Put the table between the markers of the page; what people wrote around it stays.
    pub fn write(&self) -> Result<()> {
        let Some(page) = &self.page else { return Ok(()) };
        rewrite(page, |_| format!("\n{}", self.table()))
    }
}

/// Put one line of the table in the place of the one about the same goal.
fn put(page: &Path, goal: &Goal, line: &str) -> Result<()> {
    let begin = format!("| {} | {} |", goal.number, goal.what);
    rewrite(page, |old| {
        let mut lines: Vec<&str> = old.lines().collect();
        match lines.iter().position(|held| held.starts_with(&begin)) {
            Some(place) => lines[place] = line,
            None => {
                let end = lines.iter().skip(1).position(|held| held.is_empty());
                lines.insert(end.map_or(lines.len(), |end| end + 1), line);
            }
        }
        format!("{}\n", lines.join("\n"))
    })
}

/// Change what stands between the markers of a page.
fn rewrite(page: &Path, change: impl FnOnce(&str) -> String) -> Result<()> {
    let old = std::fs::read_to_string(page).with_context(|| format!("read {}", page.display()))?;
    let (before, rest) = old.split_once(BEGIN).context("the page has no begin marker")?;
    let (within, after) = rest.split_once(END).context("the page has no end marker")?;
    let new = format!("{before}{BEGIN}{}{END}{after}", change(within));
    std::fs::write(page, new).with_context(|| format!("write {}", page.display()))
}

fn line(figure: &Figure, is_quick: bool) -> String {
    let Figure { goal, measured, note } = figure;
    let verdict = if goal.holds(*measured, goal.aim) {
        "aim reached"
    } else if goal.holds(*measured, goal.floor) {
        "floor reached"
    } else if is_quick && !goal.in_quick {
        "not judged"
    } else {
        "**below floor**"
    };
    let number = |value: f64| format!("{}{}", plain(value), goal.unit);
    format!(
        "| {} | {} | {} | {} | {} | {verdict} | {note} |",
        goal.number,
        goal.what,
        number(goal.floor),
        number(goal.aim),
        number(*measured),
    )
}

/// As many decimals as a reader can use.
fn plain(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
