//! `creel man`: the manual pages, made from the same description as `--help`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, Failure, write_out};

/// Print the manual page, or write all of them
///
/// With a directory, writes creel.1 and a page for each command: `creel man ~/.local/share/man/man1`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Directory that the pages are written to; made if it is not there
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub fn run(args: &ManArgs) -> Result<(), Failure> {
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        // The page of `creel help` is none: `creel help COMMAND` shows that of the command.
        let command = Cli::command().disable_help_subcommand(true);
        clap_mangen::Man::new(command).render(&mut page)?;
        return write_out(&page);
    };
    let failed = |error| {
        Failure::new(format!("cannot write manual pages to {}: {error}", directory.display()))
            .hint("name a directory that this user can write")
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), directory).map_err(failed)
}
