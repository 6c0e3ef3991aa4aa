//! `creel config`: what is set, and where.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::config::{Effective, Origin};
use crate::http::tls::Tls;

use super::{DataArgs, Failure, say};

/// Look at the settings
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    Check(CheckArgs),
}

/// Check the settings, and print each as it holds with where it comes from
///
/// Looks at them as `creel serve` would, and into the files that they name. All that is wrong is told at
/// once; the exit code is 2 then. Secrets are not shown.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub fn run(command: ConfigCommand) -> Result<(), Failure> {
    let ConfigCommand::Check(args) = command;
    let config = args.data.load()?;
    if let Some(files) = &config.tls {
        Tls::load(files)?;
    }
    if args.json {
        let items: Vec<Value> = config.effective.iter().map(item).collect();
        return say(json!({ "items": items }));
    }
    let widest = config.effective.iter().map(|setting| setting.name.len()).max().unwrap_or(0);
    for Effective { name, value, origin } in &config.effective {
        let value = value.as_deref().unwrap_or("-");
        say(format_args!("{name:widest$}  {value}  ({origin})"))?;
    }
    Ok(())
}

fn item(setting: &Effective) -> Value {
    json!({
        "name": setting.name,
        "value": setting.value,
        "origin": setting.origin.to_string(),
        "is_default": setting.origin == Origin::Default,
    })
}
