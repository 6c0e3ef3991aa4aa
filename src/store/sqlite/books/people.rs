//! People, their one-time links, and their sessions.

use rusqlite::{Connection, OptionalExtension, params};

use super::Ledger;
use crate::model::{PersonId, SessionId, Timestamp};
use crate::store::StoreError;

/// A person as stored; the password is a PHC string.
#[derive(Debug, Clone)]
pub struct PersonRow {
    pub id: PersonId,
    pub name: String,
    pub role: String,
    pub password: Option<String>,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
}

/// A session as stored: never its token, but the token's hash.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: SessionId,
    pub person: PersonId,
    pub hash: Vec<u8>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// All people, oldest first.
pub fn people(connection: &Connection) -> Result<Vec<PersonRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, name, role, password, created_at, disabled_at, last_seen_at
           from person
          order by id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(PersonRow {
            id: PersonId(row.get(0)?),
            name: row.get(1)?,
            role: row.get(2)?,
            password: row.get(3)?,
            created_at: Timestamp(row.get(4)?),
            disabled_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            last_seen_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All sessions, oldest first.
pub fn sessions(connection: &Connection) -> Result<Vec<SessionRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, person, hash, created_at, last_seen_at, expires_at, address, user_agent
           from session
          order by id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(SessionRow {
            id: SessionId(row.get(0)?),
            person: PersonId(row.get(1)?),
            hash: row.get(2)?,
            created_at: Timestamp(row.get(3)?),
            last_seen_at: Timestamp(row.get(4)?),
            expires_at: Timestamp(row.get(5)?),
            address: row.get(6)?,
            user_agent: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Ledger<'_> {
    /// Add a person. `None` when somebody has that name already.
    pub fn insert_person(
        &self,
        name: &str,
        name_folded: &str,
        role: &str,
        password: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into person (name, name_folded, role, password, created_at)
                 values (?1, ?2, ?3, ?4, ?5)
                 on conflict (name_folded) do nothing
                 returning id",
            )?
            .query_row(params![name, name_folded, role, password, now.0], |row| {
                Ok(PersonId(row.get(0)?))
            })
            .optional()?)
    }

    /// Set a person's password. Links that were given out for it are used up.
    pub fn set_password(&self, id: PersonId, password: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update person set password = ?2 where id = ?1")?
            .execute(params![id.0, password])?;
        self.forget_links(id)
    }

    pub fn set_role(&self, id: PersonId, role: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update person set role = ?2 where id = ?1")?
            .execute(params![id.0, role])?;
        Ok(())
    }

    /// Disable a person, or let them in again (`None`).
    pub fn set_disabled(&self, id: PersonId, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update person set disabled_at = ?2 where id = ?1")?
            .execute(params![id.0, at.map(|at| at.0)])?;
        Ok(())
    }

    /// Remove a person with their links and sessions.
    pub fn remove_person(&self, id: PersonId) -> Result<(), StoreError> {
        self.forget_links(id)?;
        self.end_sessions(id, None)?;
        self.transaction.prepare_cached("delete from person where id = ?1")?.execute([id.0])?;
        Ok(())
    }

    /// Give out a one-time link. Earlier ones of the person count no more.
    pub fn insert_link(
        &self,
        person: PersonId,
        hash: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.forget_links(person)?;
        self.transaction
            .prepare_cached(
                "insert into person_link (hash, person, expires_at)
                 values (?1, ?2, ?3)",
            )?
            .execute(params![hash, person.0, expires_at.0])?;
        Ok(())
    }

    /// Whose link this is and until when, if it still counts.
    pub fn person_of_link(
        &self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<(PersonId, Timestamp)>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select person, expires_at
                   from person_link
                  where hash = ?1 and expires_at > ?2",
            )?
            .query_row(params![hash, now.0], |row| {
                Ok((PersonId(row.get(0)?), Timestamp(row.get(1)?)))
            })
            .optional()?)
    }

    fn forget_links(&self, person: PersonId) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from person_link where person = ?1")?
            .execute([person.0])?;
        Ok(())
    }

    /// Begin a session.
    pub fn insert_session(&self, session: &SessionRow) -> Result<SessionId, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into session (person, hash, created_at, last_seen_at, expires_at, address, user_agent)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 returning id",
            )?
            .query_row(
                params![
                    session.person.0,
                    session.hash,
                    session.created_at.0,
                    session.last_seen_at.0,
                    session.expires_at.0,
                    session.address,
                    session.user_agent,
                ],
                |row| Ok(SessionId(row.get(0)?)),
            )?)
    }

    /// A person was here with this session.
    pub fn session_seen(
        &self,
        id: SessionId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update session set last_seen_at = max(last_seen_at, ?2) where id = ?1",
            )?
            .execute(params![id.0, at.0])?;
        self.transaction
            .prepare_cached(
                "update person
                    set last_seen_at = max(coalesce(last_seen_at, 0), ?2)
                  where id = ?1",
            )?
            .execute(params![person.0, at.0])?;
        Ok(())
    }

    /// End one session; tells whether there was one to end.
    pub fn end_session(&self, id: SessionId) -> Result<bool, StoreError> {
        let ended = self
            .transaction
            .prepare_cached("delete from session where id = ?1")?
            .execute([id.0])?;
        Ok(ended > 0)
    }

    /// End a person's sessions, all or all but one.
    pub fn end_sessions(&self, person: PersonId, but: Option<SessionId>) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from session where person = ?1 and id <> ?2")?
            .execute(params![person.0, but.map_or(0, |id| id.0)])?;
        Ok(())
    }

    /// Drop the sessions that count no more.
    pub fn forget_sessions(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("delete from session where expires_at <= ?1 or last_seen_at <= ?2")?
            .execute(params![now.0, idle_since.0])?;
        Ok(())
    }
}
