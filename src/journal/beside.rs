//! The journal read beside the process that writes it, or without one.

use std::path::{Path, PathBuf};

use crate::model::{EntryId, Identity};
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::beside::{open_beside, schema_version};
use crate::store::sqlite::journal::SCHEMA;
use crate::store::sqlite::journal::gathered::Gathered;
use crate::store::sqlite::journal::read::{Wanted, entries_wanted, span};

use super::{Entry, Packer};

/// A journal open for reading alone. Each look is a short one: whoever writes is not hindered.
#[derive(Debug)]
pub struct Beside {
    connection: Connection,
    packer: Packer,
}

/// An entry, or what keeps it from being read.
pub type Read = (EntryId, Result<Entry, StoreError>);

/// The identities of some entries.
#[derive(Debug)]
pub struct Identities(Gathered);

impl Identities {
    pub fn of(&self, entry: EntryId) -> Result<Option<Identity>, StoreError> {
        self.0.of(entry)
    }
}

impl Beside {
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path: PathBuf = directory.join(SCHEMA.name);
        let connection = open_beside(&path)?;
        schema_version(&connection, &path, &SCHEMA)?;
        let packer = Packer::of_file(&connection)?;
        Ok(Self { connection, packer })
    }

    /// Oldest and newest entry; `None` of an empty journal.
    pub fn span(&self) -> Result<Option<(EntryId, EntryId)>, StoreError> {
        span(&self.connection)
    }

    /// Entries in their order, each with what keeps it from being read.
    pub fn entries(
        &mut self,
        wanted: &Wanted,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<Read>, StoreError> {
        let stored = entries_wanted(&self.connection, wanted, limit, bytes_max)?;
        // The writer may have learned since.
        if stored.iter().filter_map(|entry| entry.dictionary).any(|id| !self.packer.knows(id)) {
            self.packer = Packer::of_file(&self.connection)?;
        }
        Ok(stored.into_iter().map(|entry| (entry.id, self.packer.unpack(entry))).collect())
    }

    /// The identities of a range of entries. Takes a look at all there are.
    pub fn identities(&self, first: EntryId, last: EntryId) -> Result<Identities, StoreError> {
        Gathered::new(&self.connection, first, last).map(Identities)
    }
}
