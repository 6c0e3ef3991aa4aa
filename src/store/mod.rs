//! The archive: all SQL lives here.
//!
//! Two files with one writer each: `journal.db` (what was received) and `books.db` (what it means).
//! Beside them lie the files of logs (`logs`), whose rows are in the books.
//! The books can be rebuilt from the journal. `sqlite` is the one engine so far; its SQL keeps to
//! words PostgreSQL has too, so that a second folder with the same files can stand beside it.

mod error;
pub mod logs;
pub mod sqlite;

pub use error::StoreError;
