//! Sessions: a person in one browser.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::json;

use crate::model::{Action, Actor, By, Deed, PersonId, SessionId, Timestamp};
use crate::secrets::{self, Secret};
use crate::store::StoreError;
use crate::store::sqlite::books::people::SessionRow;

use super::{People, PeopleError, Person, Standing};

/// A session ends this long after it began, whatever happens in it.
const LIFE_MS: i64 = 30 * 24 * 3_600_000;

/// A session ends when nothing was heard of it for this long.
const IDLE_MS: i64 = 7 * 24 * 3_600_000;

/// How often it is noted that a session is in use.
const SEEN_EVERY_MS: i64 = 60_000;

/// Sessions of one person; the one that rested longest ends for the next.
const SESSIONS_MAX: usize = 50;

/// Letters kept of what a browser calls itself.
const USER_AGENT_LENGTH_MAX: usize = 300;

/// A person in one browser.
#[derive(Debug)]
pub struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Address it was begun from.
    pub address: Option<String>,
    pub user_agent: Option<String>,
    hash: [u8; 32],
    last_seen_at: AtomicI64,
}

impl Session {
    #[must_use]
    pub fn last_seen_at(&self) -> Timestamp {
        Timestamp(self.last_seen_at.load(Ordering::Relaxed))
    }

    fn counts(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.0 < self.last_seen_at().0 + IDLE_MS
    }

    /// Note that it is in use; tells whether that is worth writing down.
    #[must_use]
    pub fn touch(&self, now: Timestamp) -> bool {
        let before = self.last_seen_at.load(Ordering::Relaxed);
        now.0 - before >= SEEN_EVERY_MS
            && self
                .last_seen_at
                .compare_exchange(before, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// A session that has just begun.
#[derive(Debug)]
pub struct Began {
    /// For the cookie. Told this once.
    pub token: Secret,
    pub session: Arc<Session>,
    /// Seconds until it ends at the latest.
    pub life_s: i64,
}

/// All sessions, by the hash of their token.
#[derive(Debug)]
pub(super) struct Sessions {
    held: RwLock<HashMap<[u8; 32], Arc<Session>>>,
}

impl Sessions {
    pub(super) fn of(rows: Vec<SessionRow>) -> Result<Self, StoreError> {
        let mut held = HashMap::new();
        for row in rows {
            let session = session_from_row(row)?;
            held.insert(session.hash, Arc::new(session));
        }
        Ok(Self { held: RwLock::new(held) })
    }

    /// End a person's sessions, all or all but one.
    pub(super) fn end_of(&self, person: PersonId, but: Option<SessionId>) {
        self.retain(|session| session.person != person || Some(session.id) == but);
    }

    fn retain(&self, keep: impl Fn(&Session) -> bool) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, session| keep(session));
    }

    fn list(&self) -> Vec<Arc<Session>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

fn session_from_row(row: SessionRow) -> Result<Session, StoreError> {
    let damaged = |_| StoreError::Row { table: "session", what: "hash".to_owned() };
    Ok(Session {
        id: row.id,
        person: row.person,
        created_at: row.created_at,
        expires_at: row.expires_at,
        address: row.address,
        user_agent: row.user_agent,
        hash: row.hash.try_into().map_err(damaged)?,
        last_seen_at: AtomicI64::new(row.last_seen_at.0),
    })
}

impl People {
    /// Begin a session for somebody who has proven who they are. Blocks.
    pub fn begin_session(
        &self,
        person: &Person,
        user_agent: Option<&str>,
        by: &By,
    ) -> Result<Began, PeopleError> {
        let (now, person_id) = (by.at, person.id);
        let by = by.with(Actor::Person { id: Some(person.id), name: person.name.clone() });
        let token = secrets::new_token()?;
        let hash = secrets::hash(&token);
        let mut row = SessionRow {
            id: SessionId(0),
            person: person_id,
            hash: hash.to_vec(),
            created_at: now,
            last_seen_at: now,
            expires_at: Timestamp(now.0 + LIFE_MS),
            address: by.address.clone(),
            user_agent: user_agent.map(|agent| agent.chars().take(USER_AGENT_LENGTH_MAX).collect()),
        };
        let oldest = self.beyond_the_limit(person_id);
        row.id = self.write(|ledger| {
            ledger.forget_sessions(now, Timestamp(now.0 - IDLE_MS))?;
            for id in &oldest {
                ledger.end_session(*id)?;
            }
            let id = ledger.insert_session(&row)?;
            ledger.session_seen(id, person_id, now)?;
            let detail = json!({"user_agent": row.user_agent});
            let deed = Deed::of(Action::SessionStarted).on("session", &id, Some(&person.name));
            ledger.audit(&by, &deed.with(detail))?;
            Ok(id)
        })?;
        let session = Arc::new(session_from_row(row)?);
        self.sessions.retain(|held| held.counts(now) && !oldest.contains(&held.id));
        let mut held = self.sessions.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(hash, Arc::clone(&session));
        drop(held);
        self.changed.send_replace(());
        Ok(Began { token, session, life_s: LIFE_MS / 1_000 })
    }

    /// Those that rested longest, where one more would be too many.
    fn beyond_the_limit(&self, person: PersonId) -> Vec<SessionId> {
        let mut held = self.sessions.list();
        held.retain(|session| session.person == person);
        held.sort_by_key(|session| session.last_seen_at());
        let surplus = (held.len() + 1).saturating_sub(SESSIONS_MAX);
        held.iter().take(surplus).map(|session| session.id).collect()
    }

    /// Whose session a cookie's token is, if both still count.
    #[must_use]
    pub fn recognise(&self, token: &Secret, now: Timestamp) -> Option<(Arc<Person>, Arc<Session>)> {
        let hash = secrets::hash(token);
        let held = self.sessions.held.read().unwrap_or_else(PoisonError::into_inner);
        let session = held.get(&hash).filter(|session| session.counts(now)).cloned()?;
        drop(held);
        let person = self.get(session.person)?;
        (person.standing() == Standing::Active).then_some((person, session))
    }

    /// The sessions that count, newest first.
    #[must_use]
    pub fn sessions(&self, now: Timestamp) -> Vec<Arc<Session>> {
        let mut list = self.sessions.list();
        list.retain(|session| session.counts(now));
        list.sort_by_key(|session| std::cmp::Reverse(session.id));
        list
    }

    /// End a session. Blocks.
    pub fn end_session(&self, session: &Session, by: &By) -> Result<(), PeopleError> {
        let id = session.id;
        let person = self.get(session.person);
        let name = person.as_ref().map(|person| person.name.as_str());
        self.write(|ledger| {
            if ledger.end_session(id)? {
                ledger.audit(by, &Deed::of(Action::SessionEnded).on("session", &id, name))?;
            }
            Ok(())
        })?;
        self.sessions.retain(|session| session.id != id);
        self.changed.send_replace(());
        Ok(())
    }

    /// Wait until a session counts no more: it was ended, or its person may no longer sign in. (Of
    /// its age nobody tells; the next request finds out.)
    pub async fn ended(&self, id: SessionId) {
        let mut changed = self.changed.subscribe();
        let counts = || {
            let session = self.sessions.list().into_iter().find(|session| session.id == id);
            let person = session.and_then(|session| self.get(session.person));
            person.is_some_and(|person| person.standing() == Standing::Active)
        };
        // The sender lives as long as `self`.
        while counts() && changed.changed().await.is_ok() {}
    }
}
