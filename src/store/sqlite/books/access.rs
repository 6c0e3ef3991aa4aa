//! Tokens by which providers are asked: those that administrators set, and those that came in the
//! addresses of deliveries.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Ledger;
use super::read::{text, word};
use crate::model::{
    AccessId, AccessKind, AccessTrouble, KeyId, Provider, Purpose, Timestamp, TokenInfo,
};
use crate::store::StoreError;

/// A token on record, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRow {
    pub id: AccessId,
    pub provider: Provider,
    /// `None` of a token that came in an address: it goes to the provider's own domain alone.
    pub base: Option<String>,
    pub purpose: Purpose,
    pub kind: AccessKind,
    /// The one source it is for, lower-case; `None`: all that live on the base.
    pub organization: Option<String>,
    /// The ingest key whose deliveries brought it.
    pub key: Option<KeyId>,
    pub fingerprint: String,
    pub entra: Option<EntraRow>,
    pub set_at: Timestamp,
    pub set_by: Option<String>,
    pub info: TokenInfo,
    /// Rights that it turned out to lack, as the provider's pages call them.
    pub missing: Vec<String>,
    pub checked_at: Option<Timestamp>,
    pub last_ok_at: Option<Timestamp>,
    pub trouble: Option<AccessTrouble>,
}

/// An application of Entra, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraRow {
    pub tenant: String,
    pub client_id: String,
    pub authority: String,
}

/// A token about to be set.
#[derive(Debug)]
pub struct NewAccess<'a> {
    pub provider: Provider,
    pub base: &'a str,
    pub purpose: Purpose,
    pub kind: AccessKind,
    pub organization: &'a str,
    pub sealed: &'a [u8],
    pub fingerprint: &'a str,
    pub entra: Option<&'a EntraRow>,
    pub expires_at: Option<Timestamp>,
    pub set_by: Option<&'a str>,
}

/// A source, as far as it matters who may ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedSource {
    pub id: i64,
    pub provider: Provider,
    pub name: Option<String>,
    /// Told by its deliveries, so never a reason to send a token there.
    pub base_url: Option<String>,
    /// Ingest keys that its deliveries came with.
    pub keys: Vec<KeyId>,
}

const STANDING: &str =
    "who, scopes, missing, expires_at, checked_at, last_ok_at, error_at, error_code, error_reason";

fn table(id: AccessId) -> (&'static str, i64) {
    match id {
        AccessId::Set(number) => ("access", number),
        AccessId::Address(number) => ("provider_token", number),
    }
}

/// Whether the books have tokens that were set; those of an older schema have not.
pub fn knows_access(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection
        .prepare("select 1 from sqlite_schema where type = 'table' and name = 'access'")?
        .exists([])?)
}

/// All of them: those that were set in the order they were, then those of addresses, the latest first.
/// Tokens that came with a key that was revoked since are left out: nobody may use them.
pub fn accesses(connection: &Connection) -> Result<Vec<AccessRow>, StoreError> {
    let mut set = connection.prepare_cached(&format!(
        "select id, provider, fingerprint, set_at, {STANDING},
                base, purpose, kind, organization, tenant, client_id, authority, set_by
           from access
          order by id"
    ))?;
    let mut rows = set.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(set_row(row)?);
    }
    let mut brought = connection.prepare_cached(&format!(
        "select id, provider, fingerprint, created_at, {STANDING}, key_id
           from provider_token
          where not exists (select 1
                              from api_key
                             where api_key.id = provider_token.key_id
                               and api_key.revoked_at is not null)
          order by last_seen_at desc, id desc"
    ))?;
    let mut rows = brought.query([])?;
    while let Some(row) = rows.next()? {
        found.push(brought_row(row)?);
    }
    Ok(found)
}

fn set_row(row: &Row<'_>) -> Result<AccessRow, StoreError> {
    let common = common(row, "access", AccessId::Set)?;
    let organization: String = row.get(16)?;
    let entra = match (row.get(17)?, row.get(18)?, row.get(19)?) {
        (Some(tenant), Some(client_id), Some(authority)) => {
            Some(EntraRow { tenant, client_id, authority })
        }
        _ => None,
    };
    Ok(AccessRow {
        base: row.get(13)?,
        purpose: word("access", text(row, 14)?, Purpose::parse)?,
        kind: word("access", text(row, 15)?, AccessKind::parse)?,
        organization: (!organization.is_empty()).then_some(organization),
        entra,
        set_by: row.get(20)?,
        ..common
    })
}

fn brought_row(row: &Row<'_>) -> Result<AccessRow, StoreError> {
    let common = common(row, "provider_token", AccessId::Address)?;
    Ok(AccessRow { key: Some(KeyId(row.get(13)?)), ..common })
}

/// The first thirteen columns; the rest as of a token that came in an address.
fn common(
    row: &Row<'_>,
    table: &'static str,
    id: fn(i64) -> AccessId,
) -> Result<AccessRow, StoreError> {
    let provider = word(table, text(row, 1)?, Provider::parse)?;
    let list = |what: Option<String>| -> Result<Option<Vec<String>>, StoreError> {
        let damaged = |error: serde_json::Error| StoreError::Row { table, what: error.to_string() };
        what.map(|what| serde_json::from_str(&what).map_err(damaged)).transpose()
    };
    let at = |column| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
    };
    let trouble = match (at(10)?, row.get(11)?, row.get(12)?) {
        (Some(at), Some(code), Some(reason)) => Some(AccessTrouble { at, code, reason }),
        _ => None,
    };
    Ok(AccessRow {
        id: id(row.get(0)?),
        provider,
        base: None,
        purpose: Purpose::Read,
        kind: if provider == Provider::Buildkite { AccessKind::Token } else { AccessKind::Pat },
        organization: None,
        key: None,
        fingerprint: row.get(2)?,
        entra: None,
        set_at: Timestamp(row.get(3)?),
        set_by: None,
        info: TokenInfo { who: row.get(4)?, scopes: list(row.get(5)?)?, expires_at: at(7)? },
        missing: list(row.get(6)?)?.unwrap_or_default(),
        checked_at: at(8)?,
        last_ok_at: at(9)?,
        trouble,
    })
}

/// One of them.
pub fn access(connection: &Connection, id: AccessId) -> Result<Option<AccessRow>, StoreError> {
    // There are tens of them.
    Ok(accesses(connection)?.into_iter().find(|row| row.id == id))
}

/// What opens to the token.
pub fn sealed_access(
    connection: &Connection,
    id: AccessId,
    fingerprint: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let (table, number) = table(id);
    Ok(connection
        .prepare_cached(&format!("select sealed from {table} where id = ?1 and fingerprint = ?2"))?
        .query_row(params![number, fingerprint], |row| row.get(0))
        .optional()?)
}

/// The sources, in the order they were first heard of; one of them with `only`.
pub fn asked_sources(
    connection: &Connection,
    only: Option<i64>,
) -> Result<Vec<AskedSource>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, provider, name, base_url
           from source
          where ?1 is null or id = ?1
          order by id",
    )?;
    let mut keys = connection
        .prepare_cached("select key_id from source_api_key where source = ?1 order by key_id")?;
    let mut rows = statement.query([only])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let of = keys.query_map([id], |row| Ok(KeyId(row.get(0)?)))?;
        found.push(AskedSource {
            id,
            provider: word("source", text(row, 1)?, Provider::parse)?,
            name: row.get(2)?,
            base_url: row.get(3)?,
            keys: of.collect::<Result<_, _>>()?,
        });
    }
    Ok(found)
}

impl Ledger<'_> {
    /// Set a token, in place of one for the same use. What was known of that one is forgotten.
    pub fn set_access(&self, new: &NewAccess<'_>, now: Timestamp) -> Result<AccessId, StoreError> {
        let id = self
            .transaction
            .prepare_cached(
                "insert into access (provider, base, purpose, kind, organization, sealed, fingerprint,
                                     tenant, client_id, authority, expires_at, set_at, set_by)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 on conflict (provider, base, purpose, organization) do update
                    set kind = excluded.kind, sealed = excluded.sealed,
                        fingerprint = excluded.fingerprint, tenant = excluded.tenant,
                        client_id = excluded.client_id, authority = excluded.authority,
                        expires_at = excluded.expires_at, set_at = excluded.set_at,
                        set_by = excluded.set_by, who = null, scopes = null, missing = '[]',
                        checked_at = null, last_ok_at = null, error_at = null,
                        error_code = null, error_reason = null
                 returning id",
            )?
            .query_row(
                params![
                    new.provider.as_str(),
                    new.base,
                    new.purpose.as_str(),
                    new.kind.as_str(),
                    new.organization,
                    new.sealed,
                    new.fingerprint,
                    new.entra.map(|entra| entra.tenant.as_str()),
                    new.entra.map(|entra| entra.client_id.as_str()),
                    new.entra.map(|entra| entra.authority.as_str()),
                    new.expires_at.map(|at| at.0),
                    now.0,
                    new.set_by,
                ],
                |row| row.get(0),
            )?;
        Ok(AccessId::Set(id))
    }

    pub fn access(&self, id: AccessId) -> Result<Option<AccessRow>, StoreError> {
        access(self.transaction, id)
    }

    /// Forget a token; tells whether there was one.
    pub fn unset_access(&self, id: AccessId) -> Result<bool, StoreError> {
        let (table, number) = table(id);
        let removed = self
            .transaction
            .prepare_cached(&format!("delete from {table} where id = ?1"))?
            .execute([number])?;
        Ok(removed > 0)
    }

    /// What looking at a token has shown. An end that a person named stays where the provider tells
    /// none.
    pub fn access_checked(
        &self,
        id: AccessId,
        info: &TokenInfo,
        missing: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (table, number) = table(id);
        let json = |list: &[String]| {
            serde_json::to_string(list)
                .map_err(|error| StoreError::Row { table, what: error.to_string() })
        };
        let scopes = info.scopes.as_deref().map(json).transpose()?;
        self.transaction
            .prepare_cached(&format!(
                "update {table}
                    set who = coalesce(?2, who), scopes = ?3, missing = ?4,
                        expires_at = coalesce(?5, expires_at), checked_at = ?6
                  where id = ?1"
            ))?
            .execute(params![
                number,
                info.who,
                scopes,
                json(missing)?,
                info.expires_at.map(|at| at.0),
                now.0
            ])?;
        Ok(())
    }

    /// How a token has fared.
    pub fn access_fared(
        &self,
        id: AccessId,
        last_ok_at: Option<Timestamp>,
        trouble: Option<&AccessTrouble>,
    ) -> Result<(), StoreError> {
        let (table, number) = table(id);
        self.transaction
            .prepare_cached(&format!(
                "update {table}
                    set last_ok_at = coalesce(?2, last_ok_at), error_at = ?3, error_code = ?4,
                        error_reason = ?5
                  where id = ?1"
            ))?
            .execute(params![
                number,
                last_ok_at.map(|at| at.0),
                trouble.map(|trouble| trouble.at.0),
                trouble.map(|trouble| trouble.code.as_str()),
                trouble.map(|trouble| trouble.reason.as_str()),
            ])?;
        Ok(())
    }
}
