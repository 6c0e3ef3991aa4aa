//! What reports say, format by format.

mod junit;

use std::io::BufReader;
use std::ops::ControlFlow;

use super::*;

/// Read through a window of one byte, as the slowest pipe would bring it.
fn read_all(text: impl AsRef<[u8]>) -> (Vec<TestCase>, Summary) {
    let mut cases = Vec::new();
    let summary = read(BufReader::with_capacity(1, text.as_ref()), &mut |case| {
        cases.push(case);
        ControlFlow::Continue(())
    });
    (cases, summary)
}

/// The cases of a report with nothing wrong in it.
fn cases(text: &str) -> Vec<TestCase> {
    let (cases, summary) = read_all(text);
    assert_eq!(summary.error, None);
    cases
}

/// `[passed, failed, errored, skipped]`
fn counts(totals: TestTotals) -> [u64; 4] {
    assert_eq!(totals.total, totals.passed + totals.failed + totals.errored + totals.skipped);
    [totals.passed, totals.failed, totals.errored, totals.skipped]
}
