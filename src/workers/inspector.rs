//! Looks after the tokens by which providers are asked: writes down how they fare, and looks at each
//! once a day, so that an end or a missing scope is known before somebody misses what was not asked.

use std::collections::HashMap;
use std::time::Duration;

use crate::access::{CheckError, State, state};
use crate::fetch::AskError;
use crate::hub::Hub;
use crate::live::{Change, ChangeKind};
use crate::model::{AccessId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::last_commit;

/// A look that came to nothing is repeated after this.
const AGAIN_AFTER: Duration = Duration::from_hours(1);

/// Looks at tokens.
#[derive(Debug)]
pub struct Inspector {
    hub: Hub,
    /// When each that was due was looked at last, with whatever outcome.
    tried: HashMap<AccessId, Timestamp>,
}

impl Inspector {
    #[must_use]
    pub fn of(hub: &Hub) -> Self {
        Self { hub: hub.clone(), tried: HashMap::new() }
    }

    /// Write down how the tokens fare, and look at those whose time has come; tells how many were.
    pub async fn step(&mut self) -> Result<usize, StoreError> {
        let due = self.hub.blocking(|hub| {
            if let Some(commit) = hub.vault().settle()? {
                hub.bell().ring(commit, vec![Change { kind: ChangeKind::Source, row: None }]);
            }
            hub.vault().to_look_at()
        });
        let (due, now) = (due.await?, self.hub.clock().now());
        // Farther ahead than now, it was tried by a clock that was wrong.
        let is_recent = |at: &Timestamp| *at <= now && now < at.plus(AGAIN_AFTER);
        self.tried.retain(|id, at| due.contains(id) && is_recent(at));
        let due: Vec<AccessId> =
            due.into_iter().filter(|id| !self.tried.contains_key(id)).collect();
        for id in &due {
            self.tried.insert(*id, now);
            self.look_at(*id).await?;
        }
        Ok(due.len())
    }

    async fn look_at(&mut self, id: AccessId) -> Result<(), StoreError> {
        match self.hub.vault().check(id).await {
            Ok(_) => {}
            Err(CheckError::NoAccess(crate::access::NoAccess::Store(error))) => return Err(error),
            // Its requests are used up for now: the next step looks again.
            Err(CheckError::Asked(AskError::Later(wait))) => {
                tracing::debug!(access.id = %id, ?wait, "Token {id} is to be looked at later");
                self.tried.remove(&id);
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(access.id = %id, %error, "Token {id} was looked at and cannot be used");
            }
        }
        let row = self.hub.blocking(move |hub| {
            let commit = hub.books().read(last_commit)?;
            hub.bell().ring(commit, vec![Change { kind: ChangeKind::Source, row: None }]);
            hub.vault().one(id)
        });
        let row = row.await?;
        if let Some(row) = row
            && state(&row, self.hub.clock().now()) == State::Expiring
            && let Some(ends) = row.info.expires_at
        {
            let base = row.base.as_deref().unwrap_or_default();
            tracing::warn!(access.id = %id, "Token {id} for {base} ends at {ends}; make a new one");
        }
        Ok(())
    }
}
