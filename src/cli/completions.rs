//! `creel completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, write_out};

/// Print the completions for a shell
///
/// For bash: `creel completions bash > /etc/bash_completion.d/creel`. For zsh, as `_creel` in a
/// directory of $fpath. For fish: `creel completions fish > ~/.config/fish/completions/creel.fish`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell that is to complete
    shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "creel", &mut script);
    write_out(&script)
}
