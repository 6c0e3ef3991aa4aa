//! Agents and pools as the providers list them.

use rusqlite::params;

use super::to_json;
use crate::model::{Agent, Pool, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// Key of the pool of a list that knows no pools: of all agents of a source.
pub const WHOLE_SOURCE: &str = "";

impl Ledger<'_> {
    /// The agents of a source are these, pool by pool, as of `at`; `None` for the pool of those that
    /// are listed without one. Of the provider's own pools the agents are not listed. Of two agents
    /// with one key the first counts.
    pub fn replace_agents(
        &self,
        source: i64,
        lists: &[(Option<Pool>, Vec<Agent>)],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.forget_agents(source)?;
        for (pool, agents) in lists {
            let key = pool.as_ref().map_or(WHOLE_SOURCE, |pool| &pool.key);
            let is_hosted = pool.as_ref().is_some_and(|pool| pool.is_hosted);
            self.transaction
                .prepare_cached(
                    "insert into agent_pool (source, key, name, is_hosted, agents_at)
                     values (?1, ?2, ?3, ?4, ?5)
                     on conflict (source, key) do nothing",
                )?
                .execute(params![
                    source,
                    key,
                    pool.as_ref().map(|pool| &pool.name),
                    is_hosted,
                    (!is_hosted).then_some(at.0)
                ])?;
            self.insert_agents(source, key, agents)?;
        }
        Ok(())
    }

    fn insert_agents(&self, source: i64, pool: &str, agents: &[Agent]) -> Result<(), StoreError> {
        let mut insert = self.transaction.prepare_cached(
            "insert into agent (source, pool_key, key, name, pool, version, os, hostname, state,
                    is_enabled, connected_at, last_seen_at, job, url)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             on conflict (source, pool_key, key) do nothing",
        )?;
        for agent in agents {
            insert.execute(params![
                source,
                pool,
                agent.key,
                agent.name,
                agent.pool,
                agent.version,
                agent.os,
                agent.hostname,
                agent.state.as_str(),
                agent.is_enabled,
                agent.connected_at.map(|at| at.0),
                agent.last_seen_at.map(|at| at.0),
                agent.job.as_ref().map(to_json).transpose()?,
                agent.url,
            ])?;
        }
        Ok(())
    }

    /// Forget all that a source listed.
    pub fn forget_agents(&self, source: i64) -> Result<(), StoreError> {
        for sql in
            ["delete from agent where source = ?1", "delete from agent_pool where source = ?1"]
        {
            self.transaction.prepare_cached(sql)?.execute([source])?;
        }
        Ok(())
    }
}
