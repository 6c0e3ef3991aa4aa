//! Tests: what is to be filed, sets of results, and the tests that they are of.

mod cases;
mod filing;
pub mod gone;
pub mod marked;
mod sets;
mod settle;
pub mod status;
mod suites;

pub use cases::CaseKey;
pub use filing::{FilingRow, next_filing, waiting_filings};
pub use sets::{NewSet, Origin, ResultRow, SetEnd, failure_text, marks, status_number, status_of};
