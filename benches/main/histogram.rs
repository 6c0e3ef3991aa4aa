//! Times in buckets that grow with them: exact to one percent, four kilobytes.

/// Buckets per doubling; a value is at most 1/64 off.
const FINE: u64 = 64;
const PLACES: usize = 64 * 30;

/// Microseconds, counted.
#[derive(Debug, Clone)]
pub struct Histogram {
    places: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { places: vec![0; PLACES], count: 0, max: 0 }
    }
}

impl Histogram {
    pub fn record(&mut self, micros: u64) {
        self.places[place(micros).min(PLACES - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(micros);
    }

    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.places.iter_mut().zip(&other.places) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Value that `share` of all values do not exceed, in microseconds; 0 when there are none.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut left = (self.count as f64 * share).ceil();
        for (place, count) in self.places.iter().enumerate() {
            left -= *count as f64;
            if left <= 0.0 && *count > 0 {
                return upper(place).min(self.max) as f64;
            }
        }
        self.max as f64
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn max(&self) -> u64 {
        self.max
    }
}

/// Below 128 each value has a place of its own; above, the seven leading bits decide.
fn place(micros: u64) -> usize {
    let bits = u64::from(64 - micros.leading_zeros());
    let shift = bits.saturating_sub(7);
    usize::try_from(shift * FINE + (micros >> shift)).unwrap_or(usize::MAX)
}

/// The greatest value of a place.
fn upper(place: usize) -> u64 {
    let place = place as u64;
    let shift = (place / FINE).saturating_sub(1);
    ((place - shift * FINE + 1) << shift) - 1
}

/// Panics when the arithmetic above is wrong; run at every start, since a bench has no tests.
pub fn check() {
    for value in (0..5_000).chain((1..40).map(|n| 3 << n)) {
        let (own, upper) = (place(value), upper(place(value)));
        assert!(upper >= value && (upper - value) * FINE <= value, "{value} {own} {upper}");
    }
}
