//! `make bench`: what Creel promises about speed, measured against servers that do less.
//!
//! ```text
//! cargo bench --bench main                     # all goals, some twenty minutes
//! cargo bench --bench main -- --quick          # ratios at 200,000 rows, below two minutes
//! cargo bench --bench main -- --only 4,5,6     # some goals
//! ```
//!
//! Every figure of a run that is not quick goes to `docs/performance.md` as soon as it is there; a
//! full run replaces the table. The exit code is 1 when a floor is not
//! reached. See `benches/README.md`.

#![expect(clippy::print_stdout, reason = "a bench talks to the person who runs it")]

mod asking;
mod bulk;
#[path = "../../tests/support/entry.rs"]
mod entry;
mod goals;
mod histogram;
mod host;
mod loadgen;
mod logs;
#[path = "../../tests/it/support/providers.rs"]
mod providers;
mod report;
mod reports;
mod results;
mod server;
#[path = "../../tests/support/shim.rs"]
mod shim;
mod yardsticks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use goals::Scale;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What this process is asked to be.
enum Mode {
    Bench { is_quick: bool, only: Vec<String> },
    NoopServer { port: u16 },
    LogServer { port: u16, folder: PathBuf },
    ReadReport { path: PathBuf },
}

fn main() -> Result<ExitCode> {
    histogram::check();
    match mode(std::env::args().skip(1))? {
        Mode::NoopServer { port } => yardsticks::serve_noop(port)?,
        Mode::LogServer { port, folder } => yardsticks::serve_log(port, &folder)?,
        Mode::ReadReport { path } => println!("{}", reports::read(&path)?),
        Mode::Bench { is_quick, only } => {
            let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
            let report = goals::run(Scale { is_quick }, &only, (!is_quick).then_some(page))?;
            println!("\n{}", report.table());
            if only.is_empty() {
                report.write()?;
            }
            if !report.passes() {
                println!("A floor was not reached.");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn mode(mut arguments: impl Iterator<Item = String>) -> Result<Mode> {
    let mut is_quick = false;
    let mut only = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--noop-server" => return Ok(Mode::NoopServer { port: value()?.parse()? }),
            "--log-server" => {
                let port = value()?.parse()?;
                return Ok(Mode::LogServer { port, folder: value()?.into() });
            }
            "--read-report" => return Ok(Mode::ReadReport { path: value()?.into() }),
            "--quick" => is_quick = true,
            "--only" => only = value()?.split(',').map(str::to_owned).collect(),
            // Cargo says so to every bench.
            "--bench" => {}
            other => bail!("unknown argument {other}; known are --quick and --only 1,2,3"),
        }
    }
    Ok(Mode::Bench { is_quick, only })
}
