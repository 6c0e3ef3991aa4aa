//! The audit trail's vocabulary: who did what, to what, from where.

use serde_json::Value;

use super::{KeyId, PersonId, Timestamp};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Without a number: known to a trusted proxy only.
    Person {
        id: Option<PersonId>,
        name: String,
    },
    Key {
        id: KeyId,
        name: String,
    },
    /// On the control socket, which only the owner of the data directory can open.
    Owner,
    /// Whoever holds a one-time link.
    Link,
    /// Nobody who is known.
    Stranger,
    /// Nobody asked for it.
    Creel,
}

impl Actor {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::Key { .. } => "key",
            Self::Owner => "owner",
            Self::Link => "link",
            Self::Stranger => "stranger",
            Self::Creel => "creel",
        }
    }

    #[must_use]
    pub fn id(&self) -> Option<i64> {
        match self {
            Self::Person { id, .. } => id.map(|id| id.0),
            Self::Key { id, .. } => Some(id.0),
            Self::Owner | Self::Link | Self::Stranger | Self::Creel => None,
        }
    }

    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Person { name, .. } | Self::Key { name, .. } => Some(name),
            Self::Owner | Self::Link | Self::Stranger | Self::Creel => None,
        }
    }
}

/// By whom, from where and when something is done. Whatever changes something for somebody takes
/// one, so that no change can forget to say whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    pub actor: Actor,
    /// Of the client; `None` on the control socket and of Creel itself.
    pub address: Option<String>,
    pub at: Timestamp,
}

impl By {
    /// By nobody's wish.
    #[must_use]
    pub fn creel(at: Timestamp) -> Self {
        Self { actor: Actor::Creel, address: None, at }
    }

    /// The same request, in the name of somebody it has turned out to come from.
    #[must_use]
    pub fn with(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }
}

macro_rules! actions {
    ($($(#[$about:meta])* $name:ident = $word:literal,)*) => {
        /// What was done. The words are for machines as well: they never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$about])* $name,)*
        }

        impl Action {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

actions! {
    KeyCreated = "key.created",
    KeyRevoked = "key.revoked",
    UserCreated = "user.created",
    UserRoleChanged = "user.role_changed",
    UserDisabled = "user.disabled",
    UserEnabled = "user.enabled",
    UserRemoved = "user.removed",
    /// A new link was given out, for a password that was forgotten.
    UserReset = "user.reset",
    PasswordChanged = "password.changed",
    SessionStarted = "session.started",
    SessionEnded = "session.ended",
    /// Name and password did not fit.
    SessionRefused = "session.refused",
    EventsReplayed = "events.replayed",
    /// Out of a log that was exported.
    EventsImported = "events.imported",
    /// The provider is to be asked once more.
    BuildAskedAgain = "build.asked_again",
    TokenSet = "token.set",
    TokenUnset = "token.unset",
    /// All that is sealed was sealed anew, with another secrets key.
    SecretsRotated = "secrets.rotated",
    SampleLoaded = "sample.loaded",
    SampleRemoved = "sample.removed",
    /// Its alarms are over, and what was before counts no more.
    TestMarkedFixed = "test.marked_fixed",
    /// Tests are judged by other settings.
    MonitorsChanged = "monitors.changed",
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Deed {
    pub action: Action,
    pub on: Option<Thing>,
    /// An object with what else there is to know. Never a secret.
    pub detail: Value,
}

/// What something was done to, as it was called then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// `key`, `user`, `session`, `event`, `token`.
    pub kind: String,
    pub id: Option<String>,
    pub name: Option<String>,
}

impl Deed {
    /// A deed that needs no more words, on nothing in particular.
    #[must_use]
    pub fn of(action: Action) -> Self {
        Self { action, on: None, detail: Value::Object(serde_json::Map::new()) }
    }

    /// Done to something with an id and a name.
    #[must_use]
    pub fn on(self, kind: &str, id: &impl ToString, name: Option<&str>) -> Self {
        let thing = Thing {
            kind: kind.to_owned(),
            id: Some(id.to_string()),
            name: name.map(str::to_owned),
        };
        Self { on: Some(thing), ..self }
    }

    /// With more words; what is unknown among them is left out.
    #[must_use]
    pub fn with(self, mut detail: Value) -> Self {
        if let Some(members) = detail.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        Self { detail, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_it_is_written() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
        assert_eq!(Action::parse("key.borrowed"), None);
    }
}
