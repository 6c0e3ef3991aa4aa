//! Tests assessed, and what came out kept.

use std::collections::HashMap;

use super::opinion::{Opinion, opinion};
use super::past::{History, Past};
use crate::insights::tests::Monitors;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::Ledger;
use crate::store::sqlite::books::test_sets::status::{Assessed, assessed, fixed};

/// A test that was assessed.
#[derive(Debug)]
pub struct Assessment {
    case: i64,
    /// Nothing where nothing speaks against it.
    now: Option<Assessed>,
    before: Option<Assessed>,
    fixed_at: Option<Timestamp>,
}

/// When a test was marked fixed.
pub fn fixed_times(connection: &Connection, case: i64) -> Result<Vec<Timestamp>, StoreError> {
    Ok(fixed(connection, case)?.into_iter().map(|fixed| fixed.at).collect())
}

/// Assess tests of one pipeline, which are in order. Of most of many nothing speaks against them, which
/// is seen without a look at where they passed.
pub fn assess(
    connection: &Connection,
    past: &Past,
    cases: &[i64],
    monitors: &Monitors,
    now: Timestamp,
) -> Result<Vec<Assessment>, StoreError> {
    let mut fixed: HashMap<i64, Vec<Timestamp>> = HashMap::new();
    for &case in cases {
        let times = fixed_times(connection, case)?;
        if !times.is_empty() {
            fixed.insert(case, times);
        }
    }
    let mut histories = past.telling(connection, cases)?;
    // Marked fixed, and silent since: the mark is still told.
    let silent: Vec<i64> =
        cases.iter().copied().filter(|case| !histories.contains_key(case)).collect();
    let silent: Vec<i64> = silent.into_iter().filter(|case| fixed.contains_key(case)).collect();
    histories.extend(past.histories(connection, &silent)?);
    let mut assessments = Vec::with_capacity(cases.len());
    for &case in cases {
        let times = fixed.get(&case).map(Vec::as_slice).unwrap_or_default();
        let now = match histories.get_mut(&case) {
            Some(history) => Some(judged(past, history, times, monitors, now).packed(case)?),
            None => None,
        };
        let before = assessed(connection, case)?;
        assessments.push(Assessment { case, now, before, fixed_at: times.last().copied() });
    }
    Ok(assessments)
}

fn judged(
    past: &Past,
    history: &mut History,
    fixed: &[Timestamp],
    monitors: &Monitors,
    now: Timestamp,
) -> Opinion {
    opinion(past, history, fixed, monitors, now).1
}

impl Assessment {
    /// Nothing speaks against it, and nothing did before.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.now.is_none() && self.before.is_none()
    }

    /// It is another status now, or has other alarms.
    fn is_news(&self) -> bool {
        let said = |kept: &Option<Assessed>| {
            kept.as_ref().map(|kept| (kept.status, kept.since, kept.alarms.clone()))
        };
        said(&self.now) != said(&self.before)
    }
}

/// Tests of which somebody who looks at them sees something else now.
#[derive(Debug, Default)]
pub struct Changed {
    /// Their status, or alarms.
    pub news: Vec<i64>,
    /// Of others, the figures.
    pub has_figures: bool,
}

/// Keep what came out.
pub fn keep(
    ledger: &Ledger<'_>,
    pipeline: i64,
    assessments: &[Assessment],
    now: Timestamp,
) -> Result<Changed, StoreError> {
    let mut changed = Changed::default();
    for one in assessments {
        match (&one.now, &one.before) {
            (None, None) => continue,
            (None, Some(_)) => ledger.forget_assessed(one.case)?,
            (Some(assessed), _) => {
                ledger.keep_assessed(pipeline, assessed, one.fixed_at, now)?;
            }
        }
        if one.is_news() {
            changed.news.push(one.case);
        } else {
            changed.has_figures |= one.now != one.before;
        }
    }
    Ok(changed)
}
