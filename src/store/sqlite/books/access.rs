//! Tokens by which providers are asked: those that administrators set, and those that came in the
//! addresses of deliveries.

use std::collections::HashMap;

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
    /// The base of the token by which it is asked, once one that was set has served it.
    pub asked_base: Option<String>,
    /// Ingest keys that its deliveries came with.
    pub keys: Vec<KeyId>,
    /// No other source of its provider has its name.
    pub is_alone: bool,
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
    accesses_where(connection, None)
}

/// Those of one provider, in the same order.
pub fn accesses_of(
    connection: &Connection,
    provider: Provider,
) -> Result<Vec<AccessRow>, StoreError> {
    accesses_where(connection, Some(provider))
}

fn accesses_where(
    connection: &Connection,
    provider: Option<Provider>,
) -> Result<Vec<AccessRow>, StoreError> {
    let provider = provider.map(Provider::as_str);
    let mut set = connection.prepare_cached(&format!(
        "select id, provider, fingerprint, set_at, {STANDING},
                base, purpose, kind, organization, tenant, client_id, authority, set_by
           from access
          where ?1 is null or provider = ?1
          order by id"
    ))?;
    let mut rows = set.query([provider])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(set_row(row)?);
    }
    let mut brought = connection.prepare_cached(&format!(
        "select id, provider, fingerprint, created_at, {STANDING}, key_id
           from provider_token
          where (?1 is null or provider = ?1)
            and not exists (select 1
                              from api_key
                             where api_key.id = provider_token.key_id
                               and api_key.revoked_at is not null)
          order by last_seen_at desc, id desc"
    ))?;
    let mut rows = brought.query([provider])?;
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

/// The sources, in the order they were first heard of.
pub fn asked_sources(connection: &Connection) -> Result<Vec<AskedSource>, StoreError> {
    let mut used =
        connection.prepare_cached("select source, key_id from source_api_key order by key_id")?;
    let mut rows = used.query([])?;
    let mut keys: HashMap<i64, Vec<KeyId>> = HashMap::new();
    while let Some(row) = rows.next()? {
        keys.entry(row.get(0)?).or_default().push(KeyId(row.get(1)?));
    }
    let mut found = sources_where(connection, None)?;
    let mut names: HashMap<(Provider, String), usize> = HashMap::new();
    for source in &found {
        *names.entry(name_of(source)).or_default() += 1;
    }
    for source in &mut found {
        source.is_alone = names.get(&name_of(source)) == Some(&1);
        source.keys = keys.remove(&source.id).unwrap_or_default();
    }
    Ok(found)
}

/// One source.
pub fn asked_source(connection: &Connection, id: i64) -> Result<Option<AskedSource>, StoreError> {
    let Some(mut source) = sources_where(connection, Some(id))?.pop() else { return Ok(None) };
    let mut keys = connection
        .prepare_cached("select key_id from source_api_key where source = ?1 order by key_id")?;
    let keys = keys.query_map([id], |row| Ok(KeyId(row.get(0)?)))?;
    source.keys = keys.collect::<Result<_, _>>()?;
    let name = name_of(&source).1;
    let mut others = connection.prepare_cached(
        "select name from source where provider = ?1 and id <> ?2 and name is not null",
    )?;
    let mut rows = others.query(params![source.provider.as_str(), id])?;
    source.is_alone = true;
    while let Some(row) = rows.next()? {
        source.is_alone &= text(row, 0)?.is_none_or(|other| other.to_lowercase() != name);
    }
    Ok(Some(source))
}

/// What tells namesakes.
fn name_of(source: &AskedSource) -> (Provider, String) {
    (source.provider, source.name.as_deref().unwrap_or_default().to_lowercase())
}

/// Sources as far as their own rows tell.
fn sources_where(
    connection: &Connection,
    only: Option<i64>,
) -> Result<Vec<AskedSource>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, provider, name, base_url, asked_base
           from source
          where ?1 is null or id = ?1
          order by id",
    )?;
    let mut rows = statement.query([only])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(AskedSource {
            id: row.get(0)?,
            provider: word("source", text(row, 1)?, Provider::parse)?,
            name: row.get(2)?,
            base_url: row.get(3)?,
            asked_base: row.get(4)?,
            keys: Vec::new(),
            is_alone: false,
        });
    }
    Ok(found)
}

/// A project of a source, by its GUID: the one that was told of last.
pub fn newest_project(connection: &Connection, source: i64) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached(
            "select coalesce((select guid
                                from project
                               where source = ?1
                               order by said_at desc, id desc
                               limit 1),
                             (select project_id
                                from build indexed by build_by_source
                               where source = ?1 and project_id is not null
                               order by sort_at desc
                               limit 1))",
        )?
        .query_row([source], |row| row.get(0))?)
}

impl Ledger<'_> {
    /// A source is asked at this base from now on, whatever its deliveries call it.
    pub fn ask_at(&self, source: i64, base: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("update source set asked_base = ?2 where id = ?1")?
            .execute(params![source, base])?;
        Ok(())
    }

    /// Tokens on record, and the sources they could serve, as this transaction sees them.
    pub fn look_at_access(&self) -> Result<(Vec<AccessRow>, Vec<AskedSource>), StoreError> {
        Ok((accesses(self.transaction)?, asked_sources(self.transaction)?))
    }

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

    /// Forget tokens that came in addresses and did so last before a time; tells which.
    pub fn forget_unseen_tokens(&self, before: Timestamp) -> Result<Vec<AccessId>, StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("delete from provider_token where last_seen_at < ?1 returning id")?;
        let rows = statement.query_map([before.0], |row| Ok(AccessId::Address(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::books::Books;

    #[test]
    fn a_source_by_itself_is_known_as_well_as_among_all() {
        let directory = tempfile::tempdir().unwrap();
        let books = Books::open(directory.path()).unwrap();
        let rows = [
            (1, "azure_devops", Some("Contoso")),
            (2, "azure_devops", Some("contoso")),
            (3, "azure_devops", Some("Größe")),
            (4, "buildkite", Some("contoso")),
            (5, "buildkite", None),
        ];
        books
            .write(|ledger| -> Result<(), StoreError> {
                for (id, provider, name) in rows {
                    ledger.transaction.execute(
                        "insert into source (id, provider, name, key, first_seen_at, last_event_at)
                         values (?1, ?2, ?3, ?1, 0, 0)",
                        params![id, provider, name],
                    )?;
                    ledger.transaction.execute(
                        "insert into source_api_key (source, key_id) values (?1, ?1), (?1, 9)",
                        [id],
                    )?;
                }
                Ok(())
            })
            .unwrap();
        books
            .read(|books| {
                let all = asked_sources(books)?;
                for source in &all {
                    assert_eq!(asked_source(books, source.id)?.as_ref(), Some(source));
                }
                let alone: Vec<bool> = all.iter().map(|source| source.is_alone).collect();
                assert_eq!(alone, [false, false, true, true, true]);
                assert_eq!(all[1].keys, [KeyId(2), KeyId(9)]);
                assert_eq!(asked_source(books, 6)?, None);
                assert_eq!(newest_project(books, 1)?, None);
                Ok(())
            })
            .unwrap();
    }
}
