//! What is asked about a source itself: its agents.

use std::time::Duration;

use super::asker::Asker;
use super::trouble::Trouble;
use crate::hub::Hub;
use crate::live::Change;
use crate::model::{Agent, Pool, Provider};
use crate::providers::azure_devops::rest as azure;
use crate::providers::buildkite::rest as buildkite;
use crate::store::StoreError;

/// How often agents are asked for.
pub const AGENTS_AGAIN: Duration = Duration::from_mins(5);

/// Pools of one organisation that are looked into.
const POOLS_MAX: usize = 50;

/// Pages of agents that are followed.
const PAGES_MAX: u32 = 50;

/// The agents of a source, pool by pool; of the provider's own machines there is nothing to tell.
pub async fn agents(
    asker: &Asker<'_>,
    provider: Provider,
    organization: Option<&str>,
) -> Result<Vec<(Option<Pool>, Vec<Agent>)>, Trouble> {
    match provider {
        Provider::AzureDevops => {
            let pools = azure::pools(&asker.ask(&azure::calls::pools()).await?)?;
            let mut found = Vec::new();
            for pool in pools.into_iter().take(POOLS_MAX) {
                let agents = match pool.is_hosted {
                    true => Vec::new(),
                    false => {
                        let answer = asker.ask(&azure::calls::agents(&pool.key)).await?;
                        azure::agents(&answer, &pool)?
                    }
                };
                found.push((Some(pool), agents));
            }
            Ok(found)
        }
        _ => {
            let organization = organization.ok_or_else(|| Trouble::Impossible {
                code: "not_found",
                reason: "the hooks do not tell the organisation's name".to_owned(),
            })?;
            let mut agents = Vec::new();
            let mut next = Some(1);
            for _ in 0..PAGES_MAX {
                let Some(page) = next else { break };
                let answer = asker.ask(&buildkite::calls::agents(organization, page)).await?;
                let told = buildkite::agents(&answer, page)?;
                agents.extend(told.items);
                next = told.next;
            }
            Ok(vec![(None, agents)])
        }
    }
}

/// Write down the agents of a source, in place of what was known. Blocks.
pub fn keep(hub: &Hub, source: i64, told: &[(Option<Pool>, Vec<Agent>)]) -> Result<(), StoreError> {
    let now = hub.clock().now();
    let commit = hub.books().write(|ledger| {
        ledger.replace_agents(source, told, now)?;
        ledger.next_commit()
    })?;
    hub.bell().ring(commit, vec![Change::source(source)]);
    Ok(())
}
