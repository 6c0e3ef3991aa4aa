//! Which token serves a source.
//!
//! What an administrator set for it by name goes first, then what was set for the very address, then a
//! confirmed address that ends in its name: that one counts before the address that deliveries name,
//! which is only their word. A token that has served a source goes on serving it, until another is
//! set for what it is called then. What came in an address goes last, for deliveries of its own key, and to
//! the provider's own domain only.

use super::NoAccess;
use crate::fetch::{Vouched, is_own};
use crate::model::{AccessId, KeyId, Provider, Purpose};
use crate::providers::azure_devops::rest::{base_name, is_same_base};
use crate::providers::buildkite::rest::BASE;
use crate::store::sqlite::books::access::{AccessRow, AskedSource};

/// A token, and where it goes for this source.
#[derive(Debug)]
pub struct Choice<'r> {
    pub row: &'r AccessRow,
    pub vouched: Vouched,
}

/// How closely a token that was set fits a source. Ordered: the closest is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    ByName,
    ByBase,
    /// It has served the source before: what deliveries call it since is only their word.
    Bound,
    /// The administrator named the source.
    Meant,
}

/// Choose among the tokens of a provider, or of all. `key` is that of the delivery which caused the
/// question; `None`: any that the source's deliveries came with.
pub fn choose<'r>(
    source: &AskedSource,
    rows: &'r [AccessRow],
    purpose: Purpose,
    key: Option<KeyId>,
) -> Result<Choice<'r>, NoAccess> {
    let provider = source.provider;
    if !matches!(provider, Provider::AzureDevops | Provider::Buildkite) {
        return Err(NoAccess::Provider(provider.as_str()));
    }
    let candidates = rows.iter().filter(|row| row.provider == provider && row.purpose == purpose);
    let set = candidates
        .clone()
        .filter(|row| matches!(row.id, AccessId::Set(_)))
        .filter_map(|row| Some((fit(row, source)?, row)))
        .max_by_key(|(fit, row)| (*fit, row.set_at, row.id));
    if let Some((_, row)) = set {
        let base = row.base.as_deref().unwrap_or_default();
        let vouched = Vouched::confirmed(provider, base).map_err(NoAccess::NotVouched)?;
        return Ok(Choice { row, vouched });
    }
    // The latest of a key comes first.
    let brought = candidates.filter(|row| matches!(row.id, AccessId::Address(_))).find(|row| {
        row.key.is_some_and(|of| key.map_or(source.keys.contains(&of), |key| key == of))
    });
    let name = source.name.as_deref().unwrap_or("a source without a name");
    let row = brought.ok_or_else(|| NoAccess::NoToken(name.to_owned()))?;
    let base = match provider {
        Provider::Buildkite => BASE,
        _ => source.base_url.as_deref().unwrap_or_default(),
    };
    let vouched = Vouched::own(provider, base).map_err(NoAccess::NotVouched)?;
    Ok(Choice { row, vouched })
}

/// Whether a token that was set fits a source, and how closely.
pub fn fit(row: &AccessRow, source: &AskedSource) -> Option<Fit> {
    let base = row.base.as_deref()?;
    let is_named = |name: &str| {
        source.name.as_ref().is_some_and(|own| own.to_lowercase() == name.to_lowercase())
    };
    if let Some(organization) = &row.organization {
        return is_named(organization).then_some(Fit::Meant);
    }
    if source.asked_base.as_deref() == Some(base) {
        return Some(Fit::Bound);
    }
    if row.provider == Provider::Buildkite {
        // One address for all organisations; a confirmed one is there to be used.
        return Some(if is_own(row.provider, base) { Fit::ByName } else { Fit::ByBase });
    }
    if source.base_url.as_deref().is_some_and(|told| is_same_base(base, told)) {
        return Some(Fit::ByBase);
    }
    if !base_name(base).is_some_and(|name| is_named(&name)) {
        return None;
    }
    // Names of the cloud are unique in the world; a server may name itself otherwise than it is reached
    // from here. Two sources may have one name: then somebody has to say which is meant.
    let may_be_meant = source.base_url.is_none() || !is_own(row.provider, base) && source.is_alone;
    may_be_meant.then_some(Fit::ByName)
}

#[cfg(test)]
mod tests;
