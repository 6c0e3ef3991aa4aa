//! What changed between two builds, test by test.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Ended, Health};

/// A test that is not the same in both builds; `None` where it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub case: i64,
    pub base: Option<Ended>,
    pub head: Option<Ended>,
}

/// Each test is in one list at most, in the order of cases. What is the same in both builds is in none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Passed, and fails now.
    pub regressions: Vec<Difference>,
    /// Failed, and passes now.
    pub fixed: Vec<Difference>,
    /// Only in `head`, however it ended.
    pub new: Vec<Difference>,
    /// Only in `base`.
    pub gone: Vec<Difference>,
    /// Passed on retry in one of them, or changed and is known to be flaky: no news of this change.
    pub flaky: Vec<Difference>,
    /// Skipped in one of them only.
    pub other: Vec<Difference>,
}

/// From `base` to `head`, each with its tests and how they ended. `health` is asked for tests that
/// changed between pass and failure: a flaky test that is broken by now is no longer excused.
#[must_use]
pub fn compare(
    base: &BTreeMap<i64, Ended>,
    head: &BTreeMap<i64, Ended>,
    health: impl Fn(i64) -> Health,
) -> Differences {
    let (mut base, mut head) = (base.iter().peekable(), head.iter().peekable());
    let mut found = Differences::default();
    loop {
        let order = match (base.peek(), head.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((before, _)), Some((after, _))) => before.cmp(after),
        };
        let before = if order.is_le() { base.next() } else { None };
        let after = if order.is_ge() { head.next() } else { None };
        let Some(case) = before.or(after).map(|(case, _)| *case) else { continue };
        let (base, head) = (before.map(|(_, ended)| *ended), after.map(|(_, ended)| *ended));
        if let Some(list) = found.list_for(base, head, || health(case)) {
            list.push(Difference { case, base, head });
        }
    }
}

impl Differences {
    fn list_for(
        &mut self,
        base: Option<Ended>,
        head: Option<Ended>,
        health: impl Fn() -> Health,
    ) -> Option<&mut Vec<Difference>> {
        let (base, head) = match (base, head) {
            (None, None) => return None,
            (Some(_), None) => return Some(&mut self.gone),
            (None, Some(_)) => return Some(&mut self.new),
            (Some(base), Some(head)) => (base, head),
        };
        match (base, head) {
            (Ended::Skipped, Ended::Skipped)
            | (Ended::Passed, Ended::Passed)
            | (Ended::Failed, Ended::Failed) => None,
            (Ended::RetriedPass, _) | (_, Ended::RetriedPass) => Some(&mut self.flaky),
            (Ended::Passed, Ended::Failed) | (Ended::Failed, Ended::Passed)
                if health() == Health::Flaky =>
            {
                Some(&mut self.flaky)
            }
            (Ended::Passed, Ended::Failed) => Some(&mut self.regressions),
            (Ended::Failed, Ended::Passed) => Some(&mut self.fixed),
            (Ended::Skipped, Ended::Passed | Ended::Failed)
            | (Ended::Passed | Ended::Failed, Ended::Skipped) => Some(&mut self.other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ended::{Failed, Passed, RetriedPass, Skipped};

    const FLAKY: i64 = 100;
    const BROKEN: i64 = 200;

    fn health(case: i64) -> Health {
        match case {
            FLAKY => Health::Flaky,
            BROKEN => Health::Broken,
            _ => Health::Healthy,
        }
    }

    fn results(of: &[(i64, Ended)]) -> BTreeMap<i64, Ended> {
        of.iter().copied().collect()
    }

    fn cases(list: &[Difference]) -> Vec<i64> {
        list.iter().map(|difference| difference.case).collect()
    }

    #[test]
    fn each_test_that_changed_is_in_one_list() {
        let base = [
            (1, Passed),
            (2, Failed),
            (3, Passed),
            (4, Passed),
            (5, Skipped),
            (6, Failed),
            (7, RetriedPass),
            (9, Passed),
            (FLAKY, Passed),
            (BROKEN, Passed),
        ];
        let head = [
            (1, Failed),
            (2, Passed),
            (3, Passed),
            (5, Failed),
            (6, Failed),
            (7, Failed),
            (8, Failed),
            (9, Skipped),
            (FLAKY, Failed),
            (BROKEN, Failed),
        ];
        let found = compare(&results(&base), &results(&head), health);
        assert_eq!(cases(&found.regressions), [1, BROKEN]);
        assert_eq!(cases(&found.fixed), [2]);
        assert_eq!(cases(&found.new), [8]);
        assert_eq!(cases(&found.gone), [4]);
        assert_eq!(cases(&found.flaky), [7, FLAKY]);
        assert_eq!(cases(&found.other), [5, 9]);
        let regression = Difference { case: 1, base: Some(Passed), head: Some(Failed) };
        assert_eq!(found.regressions[0], regression);
    }

    #[test]
    fn there_and_back_again_swaps_the_lists() {
        let base = results(&[(1, Passed), (2, Failed), (3, Skipped), (4, Passed)]);
        let head = results(&[(1, Failed), (2, Passed), (3, Passed), (5, Passed)]);
        let (there, back) = (compare(&base, &head, health), compare(&head, &base, health));
        assert_eq!(cases(&there.regressions), cases(&back.fixed));
        assert_eq!(cases(&there.fixed), cases(&back.regressions));
        assert_eq!(cases(&there.new), cases(&back.gone));
        assert_eq!(cases(&there.other), cases(&back.other));
        assert_eq!(compare(&base, &base, health), Differences::default());
        assert_eq!(compare(&results(&[]), &results(&[]), health), Differences::default());
    }
}
