//! People: who signs in, what they may do, and their sessions.
//!
//! All of it is held in memory and written through to the books, so that each request is judged
//! without asking them, and a change counts from the next request on. A session's token is in the
//! browser's cookie alone; here and in the books is its hash.

pub mod passwords;
mod sessions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::json;
use tokio::sync::watch;

use crate::model::{Action, Actor, By, CommitNo, Deed, PersonId, Timestamp};
use crate::secrets::{self, Secret, SecretsError};
use crate::store::StoreError;
use crate::store::sqlite::books::people::{PersonRow, people, sessions as stored_sessions};
use crate::store::sqlite::books::{Books, Ledger};

use self::sessions::Sessions;
pub use self::sessions::{Began, Session};

/// People of one installation: all are held in memory.
const PEOPLE_MAX: usize = 10_000;

/// Letters of a name.
const NAME_LENGTH_MAX: usize = 100;

/// How long a link for choosing a password counts.
pub const LINK_LIFE_MS: i64 = 3 * 24 * 3_600_000;

/// What a person may do. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Look at everything but keys and people.
    Viewer,
    /// Also have events read again.
    Editor,
    /// Also change keys, people and settings.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Admin];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    /// Has a link and no password yet.
    Invited,
    Disabled,
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    /// PHC string of the password; `None` until one was chosen.
    password: Option<String>,
}

impl Person {
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.disabled_at, &self.password) {
            (Some(_), _) => Standing::Disabled,
            (None, None) => Standing::Invited,
            (None, Some(_)) => Standing::Active,
        }
    }

    fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.standing() == Standing::Active
    }
}

/// A person who was added or reset, with what they need to choose a password.
#[derive(Debug)]
pub struct Invited {
    pub person: Person,
    /// Goes into the link. Shown this once.
    pub token: Secret,
    pub expires_at: Timestamp,
    pub commit: CommitNo,
}

/// A link that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whose password it replaces: `None` for the first administrator, who chooses a name.
    pub name: Option<String>,
    /// `None`: it counts until it is used or the server ends.
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    #[error("a name has 1 to {NAME_LENGTH_MAX} letters, all of which can be seen")]
    Name,
    #[error("there is a user called {0} already")]
    NameTaken(String),
    #[error(
        "a password has at least {} letters, and at most {} bytes",
        passwords::LENGTH_MIN,
        passwords::BYTES_MAX
    )]
    Password,
    #[error("the name or the password is wrong")]
    Wrong,
    #[error("the link was used, has expired, or is not complete; ask an administrator for another")]
    LinkInvalid,
    #[error("this is the last administrator who can sign in; make another one first")]
    LastAdmin,
    #[error("there is no such user")]
    Nobody,
    #[error("there are {PEOPLE_MAX} users already; remove some first")]
    Full,
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All people of an installation.
#[derive(Debug)]
pub struct People {
    books: Arc<Books>,
    held: RwLock<Arc<BTreeMap<PersonId, Arc<Person>>>>,
    sessions: Sessions,
    /// Token of the first administrator's link, as long as there is none. It lives as long as the
    /// process: each start prints a new one.
    first: Mutex<Option<Secret>>,
    /// Changes are made one at a time: who is the last administrator must not change meanwhile.
    changing: Mutex<()>,
    /// Tells of every change of people and sessions.
    changed: watch::Sender<()>,
}

impl People {
    /// Read people and sessions. Blocks.
    pub fn open(books: Arc<Books>) -> Result<Self, PeopleError> {
        let sessions = Sessions::of(books.read(stored_sessions)?)?;
        let people = Self {
            books,
            held: RwLock::default(),
            sessions,
            first: Mutex::default(),
            changing: Mutex::default(),
            changed: watch::Sender::default(),
        };
        people.reload()?;
        if people.is_new() {
            *people.first() = Some(secrets::new_token()?);
        }
        Ok(people)
    }

    fn reload(&self) -> Result<(), PeopleError> {
        let rows = self.books.read(people)?;
        let held = rows
            .into_iter()
            .map(|row| person_from_row(row).map(|person| (person.id, Arc::new(person))))
            .collect::<Result<_, _>>()?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        self.changed.send_replace(());
        Ok(())
    }

    fn held(&self) -> Arc<BTreeMap<PersonId, Arc<Person>>> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn first(&self) -> std::sync::MutexGuard<'_, Option<Secret>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody can administer yet: then the first link counts.
    #[must_use]
    pub fn is_new(&self) -> bool {
        !self.held().values().any(|person| person.is_active_admin())
    }

    /// Token of the link for the first administrator, while there is none.
    #[must_use]
    pub fn first_token(&self) -> Option<Secret> {
        self.first().clone().filter(|_| self.is_new())
    }

    /// All people, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Person>> {
        self.held().values().cloned().collect()
    }

    #[must_use]
    pub fn get(&self, id: PersonId) -> Option<Arc<Person>> {
        self.held().get(&id).cloned()
    }

    /// The person of a name, without regard to case.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<Person>> {
        let name = folded(name);
        self.held().values().find(|person| folded(&person.name) == name).cloned()
    }

    /// Whose name and password these are. Takes as long for a name that nobody has. Blocks.
    pub fn sign_in(&self, name: &str, password: &Secret) -> Result<Arc<Person>, PeopleError> {
        let person = self.named(name.trim()).filter(|person| person.standing() == Standing::Active);
        let kept = person.as_ref().and_then(|person| person.password.as_deref());
        match passwords::is_right(password, kept) {
            true => person.ok_or(PeopleError::Wrong),
            false => Err(PeopleError::Wrong),
        }
    }

    /// Write down that a sign-in was refused. A name that nobody has is not kept: it may well be a
    /// password, typed into the wrong field. Blocks.
    pub fn note_refusal(&self, name: &str, by: &By) -> Result<(), PeopleError> {
        let deed = match self.named(name.trim()) {
            Some(person) => about(&person, Action::SessionRefused),
            None => Deed::of(Action::SessionRefused),
        };
        self.write(|ledger| ledger.audit(by, &deed))
    }

    /// Choose a password by a link. The first link also makes the first administrator, whose name
    /// has to be given. The link is used up. Blocks.
    pub fn set_up(
        &self,
        token: &Secret,
        name: Option<&str>,
        password: &Secret,
        by: &By,
    ) -> Result<Arc<Person>, PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let by = by.with(Actor::Link);
        let hash = secrets::hash(token);
        let is_first = self.first_token().is_some_and(|first| secrets::hash(&first) == hash);
        if is_first {
            let name = checked_name(name.unwrap_or_default())?;
            let kept = hash_of(password)?;
            let added = self.write(|ledger| {
                let (folded, role) = (folded(&name), Role::Admin.as_str());
                let added = ledger.insert_person(&name, &folded, role, Some(&kept), by.at)?;
                if let Some(id) = added {
                    let detail = json!({"role": role, "first": true});
                    let deed = Deed::of(Action::UserCreated).on("user", &id, Some(&name));
                    ledger.audit(&by, &deed.with(detail))?;
                }
                Ok(added)
            })?;
            let id = added.ok_or(PeopleError::NameTaken(name))?;
            *self.first() = None;
            self.reload()?;
            return self.get(id).ok_or(PeopleError::Nobody);
        }
        let (person, _) = self.of_link(&hash, by.at)?;
        self.replace_password(&person, password, None, &by)
    }

    /// What a link is for, if it still counts; it goes on counting. Blocks.
    pub fn look_at_link(&self, token: &Secret, now: Timestamp) -> Result<Link, PeopleError> {
        let hash = secrets::hash(token);
        if self.first_token().is_some_and(|first| secrets::hash(&first) == hash) {
            return Ok(Link { name: None, expires_at: None });
        }
        let (person, expires_at) = self.of_link(&hash, now)?;
        Ok(Link { name: Some(person.name.clone()), expires_at: Some(expires_at) })
    }

    fn of_link(
        &self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<(Arc<Person>, Timestamp), PeopleError> {
        let (id, expires_at) = self
            .write(|ledger| ledger.person_of_link(hash, now))?
            .ok_or(PeopleError::LinkInvalid)?;
        let person = self.get(id).filter(|person| person.standing() != Standing::Disabled);
        Ok((person.ok_or(PeopleError::LinkInvalid)?, expires_at))
    }

    /// Change one's own password; one's other sessions end. Blocks.
    pub fn change_password(
        &self,
        session: &Session,
        current: &Secret,
        new: &Secret,
        by: &By,
    ) -> Result<Arc<Person>, PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let person = self.get(session.person).ok_or(PeopleError::Nobody)?;
        if !passwords::is_right(current, person.password.as_deref()) {
            return Err(PeopleError::Wrong);
        }
        self.replace_password(&person, new, Some(session), by)
    }

    fn replace_password(
        &self,
        person: &Person,
        password: &Secret,
        kept_session: Option<&Session>,
        by: &By,
    ) -> Result<Arc<Person>, PeopleError> {
        let kept = hash_of(password)?;
        let id = person.id;
        let but = kept_session.map(|session| session.id);
        self.write(|ledger| {
            ledger.set_password(id, &kept)?;
            ledger.audit(by, &about(person, Action::PasswordChanged))?;
            ledger.end_sessions(id, but)
        })?;
        self.sessions.end_of(id, but);
        self.reload()?;
        self.get(id).ok_or(PeopleError::Nobody)
    }

    /// Add a person who chooses a password by a link. Blocks.
    pub fn invite(&self, name: &str, role: Role, by: &By) -> Result<Invited, PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = checked_name(name)?;
        if self.held().len() >= PEOPLE_MAX {
            return Err(PeopleError::Full);
        }
        let (token, expires_at) = (secrets::new_token()?, Timestamp(by.at.0 + LINK_LIFE_MS));
        let hash = secrets::hash(&token);
        let added = self.write(|ledger| {
            let added = ledger.insert_person(&name, &folded(&name), role.as_str(), None, by.at)?;
            let Some(id) = added else { return Ok(None) };
            ledger.insert_link(id, &hash, expires_at)?;
            let deed = Deed::of(Action::UserCreated).on("user", &id, Some(&name));
            ledger.audit(by, &deed.with(json!({"role": role.as_str()})))?;
            Ok(Some((id, ledger.next_commit()?)))
        })?;
        let (id, commit) = added.ok_or(PeopleError::NameTaken(name))?;
        self.reload()?;
        let person = self.get(id).ok_or(PeopleError::Nobody)?;
        Ok(Invited { person: Person::clone(&person), token, expires_at, commit })
    }

    /// Give a person a new link, for a password that was forgotten. The old password counts until
    /// the link was used. Blocks.
    pub fn reset(&self, id: PersonId, by: &By) -> Result<Invited, PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let person = self.get(id).ok_or(PeopleError::Nobody)?;
        let (token, expires_at) = (secrets::new_token()?, Timestamp(by.at.0 + LINK_LIFE_MS));
        let hash = secrets::hash(&token);
        let commit = self.write(|ledger| {
            ledger.insert_link(id, &hash, expires_at)?;
            ledger.audit(by, &about(&person, Action::UserReset))?;
            ledger.next_commit()
        })?;
        Ok(Invited { person: Person::clone(&person), token, expires_at, commit })
    }

    /// Change what a person may do, or whether they may do anything. Somebody who is disabled is
    /// signed out. Blocks.
    pub fn change(
        &self,
        id: PersonId,
        role: Option<Role>,
        disabled: Option<bool>,
        by: &By,
    ) -> Result<(Arc<Person>, CommitNo), PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let person = self.get(id).ok_or(PeopleError::Nobody)?;
        let loses_power = role.is_some_and(|role| role != Role::Admin) || disabled == Some(true);
        self.keep_an_admin(&person, loses_power)?;
        // What is so already is no change, and leaves no row in the trail.
        let role = role.filter(|role| *role != person.role);
        let disabled = disabled.filter(|wanted| *wanted != person.disabled_at.is_some());
        let disabled_at = match disabled {
            Some(true) => Some(Some(by.at)),
            Some(false) => Some(None),
            None => None,
        };
        let commit = self.write(|ledger| {
            if let Some(role) = role {
                ledger.set_role(id, role.as_str())?;
                let detail = json!({"from": person.role.as_str(), "to": role.as_str()});
                ledger.audit(by, &about(&person, Action::UserRoleChanged).with(detail))?;
            }
            if let Some(at) = disabled_at {
                ledger.set_disabled(id, at)?;
                let action = match at {
                    Some(_) => Action::UserDisabled,
                    None => Action::UserEnabled,
                };
                ledger.audit(by, &about(&person, action))?;
            }
            if disabled == Some(true) {
                ledger.end_sessions(id, None)?;
            }
            ledger.next_commit()
        })?;
        if disabled == Some(true) {
            self.sessions.end_of(id, None);
        }
        self.reload()?;
        Ok((self.get(id).ok_or(PeopleError::Nobody)?, commit))
    }

    /// Remove a person and sign them out. Blocks.
    pub fn remove(&self, id: PersonId, by: &By) -> Result<CommitNo, PeopleError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let person = self.get(id).ok_or(PeopleError::Nobody)?;
        self.keep_an_admin(&person, true)?;
        let commit = self.write(|ledger| {
            ledger.remove_person(id)?;
            ledger.audit(by, &about(&person, Action::UserRemoved))?;
            ledger.next_commit()
        })?;
        self.sessions.end_of(id, None);
        self.reload()?;
        Ok(commit)
    }

    /// Without an administrator, only the command line could mend anything.
    fn keep_an_admin(&self, person: &Person, loses_power: bool) -> Result<(), PeopleError> {
        let others = |held: &BTreeMap<PersonId, Arc<Person>>| {
            held.values().any(|other| other.id != person.id && other.is_active_admin())
        };
        match loses_power && person.is_active_admin() && !others(&self.held()) {
            true => Err(PeopleError::LastAdmin),
            false => Ok(()),
        }
    }

    fn write<T>(
        &self,
        write: impl FnOnce(&Ledger<'_>) -> Result<T, StoreError>,
    ) -> Result<T, PeopleError> {
        Ok(self.books.write(write)?)
    }
}

/// What is done to a person.
fn about(person: &Person, action: Action) -> Deed {
    Deed::of(action).on("user", &person.id, Some(&person.name))
}

fn person_from_row(row: PersonRow) -> Result<Person, PeopleError> {
    let role = Role::of(&row.role)
        .ok_or_else(|| StoreError::Row { table: "person", what: format!("role {}", row.role) })?;
    Ok(Person {
        id: row.id,
        name: row.name,
        role,
        created_at: row.created_at,
        disabled_at: row.disabled_at,
        last_seen_at: row.last_seen_at,
        password: row.password,
    })
}

fn checked_name(name: &str) -> Result<String, PeopleError> {
    let name = name.trim();
    let is_too_long = name.chars().count() > NAME_LENGTH_MAX;
    match name.is_empty() || is_too_long || name.contains(is_unseen) {
        true => Err(PeopleError::Name),
        false => Ok(name.to_owned()),
    }
}

/// Letters that leave no mark: with them, one person's name could look like another's.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn hash_of(password: &Secret) -> Result<String, PeopleError> {
    match passwords::is_acceptable(password) {
        true => passwords::hash(password).map_err(PeopleError::Hash),
        false => Err(PeopleError::Password),
    }
}
