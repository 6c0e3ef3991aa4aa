//! What the stored results of tests come to: between the books, which hold them, and
//! `insights::tests`, which judges and knows no books.
//!
//! [`Past`] is what of a pipeline is looked back at; it gives the [`History`] of a test. [`Opinion`] is
//! what is made of it by the settings, at a time: the worker keeps it (`workers::assessor`), lists show
//! it, and a preview makes it by other settings. All go this one way, so they cannot disagree.

mod assessing;
mod culprit;
mod ended;
mod opinion;
mod past;
mod preview;
mod results;

use serde_json::Error;

use crate::insights::tests::Monitors;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::test_sets::status::saved_monitors;

pub use assessing::{Assessment, Changed, assess, fixed_times, keep};
pub use culprit::{Culprit, Culprits, Kind, culprit};
pub use ended::{TestEnd, ended_in};
pub use opinion::{Figures, Opinion, PastRun, SaidAlarm, Status, opinion, rank, status_of};
pub use past::{History, Past, Tested};
pub use preview::{Preview, Previewed, preview};

/// The settings that hold.
pub fn monitors(connection: &Connection) -> Result<Monitors, StoreError> {
    match saved_monitors(connection)? {
        Some(saved) => {
            serde_json::from_str(&saved.monitors).map_err(|e| damaged("test_monitors", &e))
        }
        None => Ok(Monitors::default()),
    }
}

fn damaged(table: &'static str, error: &Error) -> StoreError {
    StoreError::Row { table, what: error.to_string() }
}
