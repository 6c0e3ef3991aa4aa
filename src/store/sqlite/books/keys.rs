//! API keys, and provider tokens that came along with deliveries.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::Ledger;
use crate::model::{KeyId, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::FLAGS;

/// A key as stored: never the key itself, unless sealed.
#[derive(Debug, Clone)]
pub struct KeyRow {
    pub id: KeyId,
    pub name: String,
    pub prefix: String,
    pub hash: Vec<u8>,
    pub sealed: Option<Vec<u8>>,
    pub scopes: String,
    pub limits: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// When it came last in an address.
    pub in_address_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// A key about to be stored.
#[derive(Debug)]
pub struct NewKey<'a> {
    pub name: &'a str,
    pub prefix: &'a str,
    pub hash: &'a [u8],
    pub sealed: Option<&'a [u8]>,
    pub scopes: &'a str,
    pub limits: &'a str,
}

/// Whether there are secrets that only the secrets key opens; also in books of an older schema.
pub fn holds_sealed(connection: &Connection) -> Result<bool, StoreError> {
    for table in sealed_tables(connection)? {
        let any = format!("select 1 from {table} where sealed is not null limit 1");
        if connection.prepare(&any)?.exists([])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The tables that there are of those with something sealed in them.
fn sealed_tables(connection: &Connection) -> Result<Vec<&'static str>, StoreError> {
    let mut known =
        connection.prepare("select 1 from sqlite_schema where type = 'table' and name = ?1")?;
    let mut found = Vec::new();
    for table in ["api_key", "provider_token", "access"] {
        if known.exists([table])? {
            found.push(table);
        }
    }
    Ok(found)
}

/// Where a sealed secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedIn {
    ApiKey,
    ProviderToken,
    Access,
}

impl SealedIn {
    const ALL: [Self; 3] = [Self::ApiKey, Self::ProviderToken, Self::Access];

    fn table(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::ProviderToken => "provider_token",
            Self::Access => "access",
        }
    }
}

/// A sealed secret and its row.
#[derive(Debug, Clone)]
pub struct SealedSecret {
    pub table: SealedIn,
    pub id: i64,
    pub sealed: Vec<u8>,
}

/// All secrets that only the secrets key opens.
pub fn sealed_secrets(connection: &Connection) -> Result<Vec<SealedSecret>, StoreError> {
    let mut found = Vec::new();
    for place in SealedIn::ALL {
        let table = place.table();
        let mut statement = connection
            .prepare_cached(&format!("select id, sealed from {table} where sealed is not null"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found.push(SealedSecret { table: place, id: row.get(0)?, sealed: row.get(1)? });
        }
    }
    Ok(found)
}

/// Forget, in books that nobody has open, what only a secrets key opens: tokens of providers, and what
/// keys check signatures with.
pub fn forget_sealed(path: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open_with_flags(path, FLAGS)?;
    let tables = sealed_tables(&connection)?;
    let transaction = connection.transaction()?;
    for table in tables {
        let forget = match table {
            "api_key" => "update api_key set sealed = null".to_owned(),
            table => format!("delete from {table}"),
        };
        transaction.execute(&forget, [])?;
    }
    transaction.commit()?;
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    Ok(())
}

/// All keys, revoked ones included, oldest first.
pub fn keys(connection: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, name, prefix, hash, sealed, scopes, limits, created_at, last_used_at, revoked_at,
                in_address_at
           from api_key
          order by id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(KeyRow {
            id: KeyId(row.get(0)?),
            name: row.get(1)?,
            prefix: row.get(2)?,
            hash: row.get(3)?,
            sealed: row.get(4)?,
            scopes: row.get(5)?,
            limits: row.get(6)?,
            created_at: Timestamp(row.get(7)?),
            last_used_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
            revoked_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
            in_address_at: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Ledger<'_> {
    /// Store a key. `None` when the same secret is stored already.
    pub fn insert_key(
        &self,
        key: &NewKey<'_>,
        now: Timestamp,
    ) -> Result<Option<KeyId>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "insert into api_key (name, prefix, hash, sealed, scopes, limits, created_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 on conflict (hash) do nothing
                 returning id",
            )?
            .query_row(
                params![key.name, key.prefix, key.hash, key.sealed, key.scopes, key.limits, now.0],
                |row| Ok(KeyId(row.get(0)?)),
            )
            .optional()?)
    }

    /// Put the same secret, sealed anew, in the place of one; tells how many places that were: none when
    /// it was changed meanwhile.
    pub fn reseal(&self, before: &SealedSecret, sealed: &[u8]) -> Result<u64, StoreError> {
        let table = before.table.table();
        let changed = self
            .transaction
            .prepare_cached(&format!(
                "update {table} set sealed = ?3 where id = ?1 and sealed = ?2"
            ))?
            .execute(params![before.id, before.sealed, sealed])?;
        Ok(changed as u64)
    }

    /// Revoke a key; tells whether there was one to revoke. A sealed secret is erased.
    pub fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .transaction
            .prepare_cached(
                "update api_key
                    set revoked_at = ?2, sealed = null
                  where id = ?1 and revoked_at is null",
            )?
            .execute(params![id.0, now.0])?;
        Ok(changed > 0)
    }

    /// A key was used, and came in an address then if `in_address_at` says so.
    pub fn key_used(
        &self,
        id: KeyId,
        at: Timestamp,
        in_address_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update api_key
                    set last_used_at = max(coalesce(last_used_at, 0), ?2),
                        in_address_at = coalesce(?3, in_address_at)
                  where id = ?1",
            )?
            .execute(params![id.0, at.0, in_address_at.map(|at| at.0)])?;
        Ok(())
    }

    /// Keep a sealed provider token; a known one is only marked as seen.
    pub fn keep_token(
        &self,
        provider: Provider,
        key: KeyId,
        fingerprint: &str,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into provider_token (provider, key_id, fingerprint, sealed, created_at, last_seen_at)
                 values (?1, ?2, ?3, ?4, ?5, ?5)
                 on conflict (provider, key_id, fingerprint) do update
                    set last_seen_at = excluded.last_seen_at, sealed = excluded.sealed",
            )?
            .execute(params![provider.as_str(), key.0, fingerprint, sealed, now.0])?;
        Ok(())
    }
}
