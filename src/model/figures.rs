//! Figures of many values.

/// The value that so many of a hundred do not exceed, by nearest rank, so it is one that was
/// measured; sorts the values.
#[must_use]
pub fn percentile(values: &mut [i64], percent: usize) -> Option<i64> {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_go_by_nearest_rank() {
        for (mut values, p50, p95) in [
            (vec![], None, None),
            (vec![7], Some(7), Some(7)),
            (vec![4, 1, 3, 2], Some(2), Some(4)),
            ((1..=100).rev().collect(), Some(50), Some(95)),
        ] {
            assert_eq!(percentile(&mut values, 50), p50);
            assert_eq!(percentile(&mut values, 95), p95);
        }
    }
}
