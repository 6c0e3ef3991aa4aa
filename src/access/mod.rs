//! Tokens by which providers are asked: kept sealed, chosen for a source, looked at.
//!
//! An administrator sets one for a base address; others come in the addresses of deliveries and count
//! for deliveries of the same ingest key alone, behind what was set. Which token may go where is held
//! by [`crate::fetch::Vouched`]; this room is the only one that makes one of what is on record.

mod check;
mod choose;
mod standing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::json;

pub use check::{CheckError, Checkup, Tried, TriedState};
use choose::fit;
pub use choose::{Choice, choose};
pub use standing::{State, state};

use crate::clock::Clock;
use crate::fetch::{
    AUTHORITY, Access, AskError, Credential, EntraApp, Messenger, NotVouched, Standing, Vouched,
    base_address, is_own,
};
use crate::model::{
    AccessId, AccessKind, Action, By, CommitNo, Deed, KeyId, Provider, Purpose, Timestamp,
};
use crate::outbound::{Client, ClientError};
use crate::providers::buildkite;
use crate::secrets::{Sealer, Secret, SecretsError};
use crate::store::StoreError;
use crate::store::sqlite::books::Books;
use crate::store::sqlite::books::access::{
    AccessRow, AskedSource, EntraRow, NewAccess, access, accesses, accesses_of, asked_source,
    asked_sources, newest_project, sealed_access,
};

/// What tokens that administrators set are sealed for.
pub const PURPOSE: &str = "access";

/// What tokens that came in addresses are sealed for.
pub const ADDRESS_PURPOSE: &str = "provider token";

/// That a token still works is written down this often.
const FARED_EVERY_MS: i64 = 60_000;

/// A token is looked at once a day: its scopes and its end may have changed.
const LOOK_EVERY_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// A token that came in an address and has not for so long was replaced by its sender.
const UNSEEN_MAX_MS: i64 = 90 * 24 * Timestamp::MILLIS_PER_HOUR;

/// Longest token, secret or name that is taken.
const TEXT_LENGTH_MAX: usize = 4_096;

/// A token that somebody wants to set.
#[derive(Debug, Clone)]
pub struct AccessWish {
    pub provider: Provider,
    /// `None`: the provider's own, where there is one for all organisations.
    pub base: Option<String>,
    /// That a base outside the provider's domain is meant.
    pub is_base_confirmed: bool,
    pub purpose: Purpose,
    /// Name of the one source it is for.
    pub organization: Option<String>,
    pub secret: WishedSecret,
    /// As far as a person knows it.
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub enum WishedSecret {
    Token(Secret),
    Entra {
        tenant: String,
        client_id: String,
        secret: Secret,
        /// `None`: the vendor's usual one.
        authority: Option<String>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("{0} cannot be asked: tokens are for azure_devops and buildkite")]
    Provider(&'static str),
    #[error(
        "Azure DevOps needs the base address of an organisation or a collection: https://dev.azure.com/contoso"
    )]
    NoBase,
    #[error(transparent)]
    Base(NotVouched),
    #[error(
        "{base} is not an address of {provider}'s own: the token would go there only if you confirm it"
    )]
    NotConfirmed { provider: &'static str, base: String },
    #[error("the {0} has 1 to {TEXT_LENGTH_MAX} characters that can be printed, and no blanks")]
    Text(&'static str),
    #[error("only Azure DevOps takes applications of Microsoft Entra")]
    NoEntra,
    #[error("the address of Microsoft Entra begins with https://")]
    Authority,
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a source cannot be asked about.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// Nobody asks this provider.
    #[error("{0} is not asked for more")]
    Provider(&'static str),
    #[error("no token is set for {0}")]
    NoToken(String),
    /// There is one, but the address where it would go is only a delivery's word.
    #[error("the token that came in the address is not sent: {0}")]
    NotVouched(NotVouched),
    #[error("the token cannot be used: {0}")]
    Sealed(#[from] SecretsError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NoAccess {
    /// A stable word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Provider(_) => "not_asked",
            Self::NoToken(_) => "no_token",
            Self::NotVouched(_) => "base_not_confirmed",
            Self::Sealed(_) => "token_sealed",
            Self::Store(_) => "internal",
        }
    }
}

/// Keeps the tokens.
#[derive(Debug)]
pub struct Vault {
    books: Arc<Books>,
    sealer: Sealer,
    clock: Clock,
    /// Made when somebody asks: commands that only look never do.
    messenger: OnceLock<Result<Messenger, ClientError>>,
    /// How tokens fared when that was last written.
    written: Mutex<HashMap<AccessId, Standing>>,
}

impl Vault {
    #[must_use]
    pub fn new(books: Arc<Books>, sealer: Sealer, clock: Clock) -> Self {
        Self { books, sealer, clock, messenger: OnceLock::new(), written: Mutex::default() }
    }

    /// Who asks.
    pub fn messenger(&self) -> Result<&Messenger, AskError> {
        let made = self
            .messenger
            .get_or_init(|| Client::new().map(|client| Messenger::new(client, self.clock.clone())));
        made.as_ref().map_err(|error| AskError::Unreachable(error.to_string()))
    }

    /// All tokens on record, and the sources they could serve. Blocks.
    pub fn look(&self) -> Result<(Vec<AccessRow>, Vec<AskedSource>), StoreError> {
        self.books.read(|books| Ok((accesses(books)?, asked_sources(books)?)))
    }

    /// One token on record. Blocks.
    pub fn one(&self, id: AccessId) -> Result<Option<AccessRow>, StoreError> {
        self.books.read(|books| access(books, id))
    }

    /// Set a token, in place of one for the same use. Blocks.
    pub fn set(&self, wish: &AccessWish, by: &By) -> Result<(AccessId, CommitNo), AccessError> {
        let base = wished_base(wish)?;
        let organization = wish.organization.as_deref().unwrap_or_default().trim().to_lowercase();
        if organization.len() > TEXT_LENGTH_MAX || organization.contains(char::is_control) {
            return Err(AccessError::Text("name of the source"));
        }
        let (kind, secret, entra) = wished_secret(wish)?;
        let sealed = self.sealer.seal(PURPOSE, secret)?;
        let fingerprint = crate::secrets::fingerprint(secret);
        let set_by = by.actor.name().unwrap_or_else(|| by.actor.kind());
        let set = self.books.write(|ledger| {
            let new = NewAccess {
                provider: wish.provider,
                base: &base,
                purpose: wish.purpose,
                kind,
                organization: &organization,
                sealed: &sealed,
                fingerprint: &fingerprint,
                entra: entra.as_ref(),
                expires_at: wish.expires_at,
                set_by: Some(set_by),
            };
            let id = ledger.set_access(&new, by.at)?;
            if wish.purpose == Purpose::Read {
                // It is for the sources that are called so today, whatever served them before.
                let (rows, sources) = ledger.look_at_access()?;
                if let Some(row) = rows.iter().find(|row| row.id == id) {
                    for source in sources.iter().filter(|source| fit(row, source).is_some()) {
                        ledger.ask_at(source.id, &base)?;
                    }
                }
                ledger.want_history(wish.provider, by.at)?;
            }
            let detail = json!({
                "provider": wish.provider,
                "purpose": wish.purpose,
                "kind": kind,
                "organization": wish.organization,
                "fingerprint": fingerprint,
                "confirmed": !is_own(wish.provider, &base),
            });
            ledger.audit(
                by,
                &Deed::of(Action::TokenSet).on("token", &id, Some(&base)).with(detail),
            )?;
            Ok((id, ledger.next_commit()?))
        })?;
        self.forget_standing(set.0);
        Ok(set)
    }

    /// Forget a token; `None` when there was none. Blocks.
    pub fn unset(&self, id: AccessId, by: &By) -> Result<Option<CommitNo>, StoreError> {
        let commit = self.books.write(|ledger| {
            let Some(row) = ledger.access(id)? else { return Ok(None) };
            ledger.unset_access(id)?;
            let detail = json!({"provider": row.provider, "fingerprint": row.fingerprint});
            let deed = Deed::of(Action::TokenUnset).on("token", &id, row.base.as_deref());
            ledger.audit(by, &deed.with(detail))?;
            ledger.next_commit().map(Some)
        })?;
        self.forget_standing(id);
        Ok(commit)
    }

    /// The token for questions about a source, caused by a delivery with `key` (0: by none). Blocks.
    pub fn access_for(
        &self,
        source: i64,
        purpose: Purpose,
        key: KeyId,
    ) -> Result<Access, NoAccess> {
        let found = self.books.read(|books| {
            let Some(source) = asked_source(books, source)? else { return Ok(None) };
            let rows = accesses_of(books, source.provider)?;
            Ok(Some((source, rows)))
        })?;
        let Some((source, rows)) = found else {
            return Err(NoAccess::NoToken("a source that is not there".to_owned()));
        };
        let choice = choose(&source, &rows, purpose, Some(key))?;
        let access = self.opened(choice.row, choice.vouched)?;
        // From now on no delivery can call the source away from it.
        if let (AccessId::Set(_), Some(base)) = (choice.row.id, &choice.row.base)
            && purpose == Purpose::Read
            && source.asked_base.as_ref() != Some(base)
        {
            self.books.write(|ledger| ledger.ask_at(source.id, base))?;
        }
        Ok(access)
    }

    /// A token on record by itself, for looking at it. Blocks.
    pub fn opened_by_id(&self, id: AccessId) -> Result<Option<Access>, NoAccess> {
        let (rows, sources) = self.look()?;
        let Some(row) = rows.iter().find(|row| row.id == id) else { return Ok(None) };
        let vouched = match (&row.base, row.provider) {
            (Some(base), provider) => Vouched::confirmed(provider, base),
            (None, Provider::Buildkite) => Vouched::own(row.provider, buildkite::rest::BASE),
            (None, provider) => {
                let of_key = |source: &&AskedSource| {
                    source.provider == provider
                        && row.key.is_some_and(|key| source.keys.contains(&key))
                };
                let mut bases =
                    sources.iter().filter(of_key).filter_map(|one| one.base_url.as_deref());
                let own = bases.clone().find(|base| is_own(provider, base));
                Vouched::own(provider, own.or_else(|| bases.next()).unwrap_or_default())
            }
        };
        let vouched = vouched.map_err(NoAccess::NotVouched)?;
        Ok(Some(self.opened(row, vouched)?))
    }

    /// A project that a token can be tried on: one that deliveries told of. Blocks.
    fn known_project(&self, id: AccessId) -> Result<Option<String>, StoreError> {
        let (rows, sources) = self.look()?;
        let Some(row) = rows.iter().find(|row| row.id == id) else { return Ok(None) };
        let served = sources.iter().filter(|source| {
            choose(source, &rows, row.purpose, row.key).is_ok_and(|choice| choice.row.id == id)
        });
        self.books.read(|books| {
            for source in served {
                if let Some(project) = newest_project(books, source.id)? {
                    return Ok(Some(project));
                }
            }
            Ok(None)
        })
    }

    fn opened(&self, row: &AccessRow, vouched: Vouched) -> Result<Access, NoAccess> {
        // Only while it is the one that was looked at: another in its place may be for another address.
        let sealed = self.books.read(|books| sealed_access(books, row.id, &row.fingerprint))?;
        let purpose = match row.id {
            AccessId::Set(_) => PURPOSE,
            AccessId::Address(_) => ADDRESS_PURPOSE,
        };
        let secret = self.sealer.unseal(purpose, &sealed.unwrap_or_default())?;
        let credential = match (&row.entra, row.provider) {
            (Some(EntraRow { tenant, client_id, authority }), _) => Credential::Entra(EntraApp {
                tenant: tenant.clone(),
                client_id: client_id.clone(),
                secret,
                authority: authority.clone(),
            }),
            (None, Provider::Buildkite) => Credential::Bearer(secret),
            (None, _) => Credential::Pat(secret),
        };
        let lacks = row.missing.clone();
        Ok(Access { id: row.id, vouched, credential, lacks })
    }

    /// Write down how the tokens have fared, where that says something new. Gives a commit when somebody
    /// who looks at them should look again: a token works no more, or again. Blocks.
    pub fn settle(&self) -> Result<Option<CommitNo>, StoreError> {
        let Some(Ok(messenger)) = self.messenger.get() else { return Ok(None) };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let news: Vec<_> = messenger
            .standings()
            .into_iter()
            .filter(|(id, standing)| written.get(id).is_none_or(|before| is_news(before, standing)))
            .collect();
        if news.is_empty() {
            return Ok(None);
        }
        let is_turn =
            news.iter().any(|(id, standing)| written.get(id).map(code) != Some(code(standing)));
        let commit = self.books.note(|ledger| {
            for (id, standing) in &news {
                ledger.access_fared(*id, standing.last_ok_at, standing.trouble.as_ref())?;
            }
            is_turn.then(|| ledger.next_commit()).transpose()
        })?;
        written.extend(news);
        Ok(commit)
    }

    /// Tokens that were set and that nobody has looked at for a day. Blocks.
    pub fn to_look_at(&self) -> Result<Vec<AccessId>, StoreError> {
        let now = self.clock.now();
        // Also where the clock was set back.
        let is_recent = |at: Timestamp| (0..LOOK_EVERY_MS).contains(&now.0.saturating_sub(at.0));
        let rows = self.books.read(accesses)?;
        let due = rows.iter().filter(|row| {
            matches!(row.id, AccessId::Set(_)) && !row.checked_at.is_some_and(is_recent)
        });
        Ok(due.map(|row| row.id).collect())
    }

    /// Forget tokens that came in addresses and have not for so long that they count as replaced. Blocks.
    pub fn forget_unseen(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = Timestamp(now.0.saturating_sub(UNSEEN_MAX_MS));
        let gone = self.books.write(|ledger| ledger.forget_unseen_tokens(before))?;
        if !gone.is_empty() {
            tracing::info!(count = gone.len(), "Forgot tokens that no address brings any more");
        }
        for id in gone {
            self.forget_standing(id);
        }
        Ok(())
    }

    fn forget_standing(&self, id: AccessId) {
        if let Some(Ok(messenger)) = self.messenger.get() {
            messenger.forget(id);
        }
        self.written.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// What kind of trouble it has, if any.
fn code(standing: &Standing) -> Option<String> {
    standing.trouble.as_ref().map(|trouble| trouble.code.clone())
}

/// Whether it is worth writing: another trouble, none any more, or a minute of either.
fn is_news(before: &Standing, now: &Standing) -> bool {
    let at = |at: Option<Timestamp>| at.map_or(i64::MIN, |at| at.0);
    let at_trouble = |one: &Standing| at(one.trouble.as_ref().map(|trouble| trouble.at));
    code(before) != code(now)
        || at(now.last_ok_at).saturating_sub(at(before.last_ok_at)) >= FARED_EVERY_MS
        || at_trouble(now).saturating_sub(at_trouble(before)) >= FARED_EVERY_MS
}

/// The base as it is kept, if the wish may have it.
fn wished_base(wish: &AccessWish) -> Result<String, AccessError> {
    let provider = wish.provider;
    let base = match (&wish.base, provider) {
        (Some(base), Provider::AzureDevops | Provider::Buildkite) => base.as_str(),
        (None, Provider::Buildkite) => buildkite::rest::BASE,
        (None, Provider::AzureDevops) => return Err(AccessError::NoBase),
        (_, other) => return Err(AccessError::Provider(other.as_str())),
    };
    let base = base_address(base).map_err(AccessError::Base)?;
    if !is_own(provider, &base) && !wish.is_base_confirmed {
        return Err(AccessError::NotConfirmed { provider: provider.as_str(), base });
    }
    Ok(base)
}

fn wished_secret(
    wish: &AccessWish,
) -> Result<(AccessKind, &Secret, Option<EntraRow>), AccessError> {
    let sound = |text: &str, what| match is_sound(text) {
        true => Ok(text.to_owned()),
        false => Err(AccessError::Text(what)),
    };
    match &wish.secret {
        WishedSecret::Token(token) => {
            sound(token.reveal(), "token")?;
            let kind = match wish.provider {
                Provider::Buildkite => AccessKind::Token,
                _ => AccessKind::Pat,
            };
            Ok((kind, token, None))
        }
        WishedSecret::Entra { .. } if wish.provider != Provider::AzureDevops => {
            Err(AccessError::NoEntra)
        }
        WishedSecret::Entra { tenant, client_id, secret, authority } => {
            sound(secret.reveal(), "secret of the application")?;
            let authority = authority.as_deref().unwrap_or(AUTHORITY);
            let authority = base_address(authority).map_err(AccessError::Base)?;
            // The secret goes there in the clear otherwise; for trying it out, this machine will do.
            let is_here =
                ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|here| {
                    authority
                        .strip_prefix(here)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
                });
            if !authority.starts_with("https://") && !is_here {
                return Err(AccessError::Authority);
            }
            let row = EntraRow {
                tenant: sound(tenant, "tenant")?,
                client_id: sound(client_id, "client id")?,
                authority,
            };
            Ok((AccessKind::Entra, secret, Some(row)))
        }
    }
}

fn is_sound(text: &str) -> bool {
    let is_written = |c: char| !c.is_whitespace() && !c.is_control();
    !text.is_empty() && text.len() <= TEXT_LENGTH_MAX && text.chars().all(is_written)
}
