//! How often one token may be used. Nobody waits in here: who comes too early is told how long.
//!
//! A token has a number of questions for a span of time, counted down here and corrected by what the
//! provider's answers say. It is shared with people and other tools, so a fifth of it is left to them.

use std::time::Duration;

use crate::model::Provider;
use crate::providers::rest::Pacing;

/// Answers on their way at once, of one token.
const IN_FLIGHT_MAX: u32 = 4;

/// As long as no answer has told how much others, or we before a restart, have used of a limit. Who is
/// started again and again must not ask a few blindly each time.
const IN_FLIGHT_UNTOLD: u32 = 1;

/// When to look again where that many are.
const BUSY_PAUSE: Duration = Duration::from_millis(250);

/// A provider that asks for more patience than this is asked again all the same.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Azure DevOps tells its limits only close to them: then it is asked this seldom.
const NEAR_LIMIT_PAUSE: Duration = Duration::from_secs(5);

/// Of each limit, this part is left to others who use the same account.
const LEFT_TO_OTHERS: u64 = 5;

/// A limit that nothing is known of but the documentation.
#[derive(Debug, Clone, Copy)]
struct Habit {
    allowance: u64,
    span: Duration,
}

fn habit(provider: Provider) -> Habit {
    match provider {
        // 50 a minute for each user, whatever the organisation may have left.
        Provider::Buildkite => Habit { allowance: share(50), span: Duration::from_mins(1) },
        // It counts effort and not questions: 200 units in five minutes, of which a usual user takes
        // ten. This many are a modest guest.
        _ => Habit { allowance: 100, span: Duration::from_secs(10) },
    }
}

/// What of a limit we take.
fn share(limit: u64) -> u64 {
    limit - limit / LEFT_TO_OTHERS
}

/// The standing of one token. Times are those of [`crate::clock::Clock::up`].
#[derive(Debug)]
pub(super) struct Pace {
    provider: Provider,
    habit: Habit,
    in_flight: u32,
    /// Whether any answer has come yet.
    is_told: bool,
    /// Questions left until `ends`.
    left: u64,
    ends: Duration,
    /// Before this, nothing is asked.
    not_before: Duration,
}

impl Pace {
    pub fn new(provider: Provider, now: Duration) -> Self {
        let habit = habit(provider);
        Self {
            provider,
            habit,
            in_flight: 0,
            is_told: false,
            left: habit.allowance,
            ends: now + habit.span,
            not_before: now,
        }
    }

    /// Begin one question, or hear how long to wait. Each that began is ended by [`Pace::ended`].
    pub fn begin(&mut self, now: Duration) -> Result<(), Duration> {
        if now < self.not_before {
            return Err(self.not_before.saturating_sub(now));
        }
        if now >= self.ends {
            self.left = self.habit.allowance;
            self.ends = now + self.habit.span;
        }
        if self.left == 0 {
            return Err(self.ends.saturating_sub(now));
        }
        let at_once = if self.is_told { IN_FLIGHT_MAX } else { IN_FLIGHT_UNTOLD };
        if self.in_flight >= at_once {
            return Err(BUSY_PAUSE);
        }
        self.left -= 1;
        self.in_flight += 1;
        Ok(())
    }

    /// What an answer told.
    pub fn told(&mut self, pacing: &Pacing, now: Duration) {
        let is_first = !std::mem::replace(&mut self.is_told, true);
        if let Some(wait) = pacing.wait {
            self.not_before = self.not_before.max(now + wait.min(WAIT_MAX));
        }
        let Some(remaining) = pacing.remaining else { return };
        match self.provider {
            Provider::Buildkite => self.counted(remaining, pacing, is_first, now),
            _ if remaining == 0 => {
                let reset = pacing.reset.unwrap_or(NEAR_LIMIT_PAUSE).min(WAIT_MAX);
                self.not_before = self.not_before.max(now + reset);
            }
            _ if pacing.limit.is_some_and(|limit| remaining < limit / LEFT_TO_OTHERS) => {
                self.not_before = self.not_before.max(now + NEAR_LIMIT_PAUSE);
            }
            _ => {}
        }
    }

    /// The provider counts questions, and tells how many are left and for how long.
    fn counted(&mut self, remaining: u64, pacing: &Pacing, is_first: bool, now: Duration) {
        let kept = pacing.limit.unwrap_or_default() / LEFT_TO_OTHERS;
        // Those on their way may not be counted yet; the one that told it is.
        let under_way = u64::from(self.in_flight.saturating_sub(1));
        let left = remaining.saturating_sub(kept).saturating_sub(under_way);
        if let Some(limit) = pacing.limit {
            self.habit.allowance = share(limit).max(1);
        }
        let ends = pacing.reset.map_or(self.ends, |reset| now + reset.min(WAIT_MAX));
        // Answers overtake one another: within one span the count only goes down. The first one knows
        // better than the documentation.
        let is_same_span = !is_first && ends.abs_diff(self.ends) <= Duration::from_secs(2);
        self.left = if is_same_span { self.left.min(left) } else { left };
        self.ends = ends;
        if remaining == 0 {
            self.not_before = self.not_before.max(ends);
        }
    }

    pub fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub fn is_idle(&self, now: Duration) -> bool {
        self.in_flight == 0 && now >= self.ends && now >= self.not_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// One that a first answer has come to.
    fn begun(provider: Provider) -> Pace {
        let mut pace = Pace::new(provider, NOW);
        pace.begin(NOW).unwrap();
        let told =
            Pacing { wait: None, remaining: Some(49), limit: Some(50), reset: Some(seconds(60)) };
        pace.told(&told, NOW);
        pace.ended();
        pace
    }

    /// Questions that are answered at once, until one has to wait.
    fn asked(pace: &mut Pace, now: Duration) -> (u64, Duration) {
        let mut count = 0;
        loop {
            match pace.begin(now) {
                Ok(()) => count += 1,
                Err(wait) => return (count, wait),
            }
            pace.ended();
        }
    }

    #[test]
    fn buildkite_is_asked_four_fifths_of_what_a_user_may() {
        let mut pace = Pace::new(Provider::Buildkite, NOW);
        assert_eq!(asked(&mut pace, NOW), (40, seconds(60)));
        assert_eq!(asked(&mut pace, NOW + seconds(59)), (0, seconds(1)));
        assert_eq!(asked(&mut pace, NOW + seconds(60)), (40, seconds(60)));
    }

    #[test]
    fn what_others_used_of_the_same_limit_is_not_used_again() {
        let mut pace = Pace::new(Provider::Buildkite, NOW);
        pace.begin(NOW).unwrap();
        let told =
            Pacing { wait: None, remaining: Some(15), limit: Some(50), reset: Some(seconds(30)) };
        pace.told(&told, NOW);
        pace.ended();
        assert_eq!(asked(&mut pace, NOW), (5, seconds(30)));
        // The provider's own word for a new span.
        assert_eq!(asked(&mut pace, NOW + seconds(30)), (40, seconds(60)));
    }

    #[test]
    fn a_larger_plan_is_used_as_well() {
        let mut pace = Pace::new(Provider::Buildkite, NOW);
        pace.begin(NOW).unwrap();
        let told =
            Pacing { wait: None, remaining: Some(399), limit: Some(400), reset: Some(seconds(20)) };
        pace.told(&told, NOW);
        pace.ended();
        assert_eq!(asked(&mut pace, NOW).0, 319);
        assert_eq!(asked(&mut pace, NOW + seconds(20)).0, 320);
    }

    #[test]
    fn a_larger_plan_is_used_from_its_first_answer_on() {
        let mut pace = Pace::new(Provider::Buildkite, NOW);
        pace.begin(NOW).unwrap();
        let told =
            Pacing { wait: None, remaining: Some(399), limit: Some(400), reset: Some(seconds(60)) };
        pace.told(&told, NOW);
        pace.ended();
        assert_eq!(asked(&mut pace, NOW).0, 319);
    }

    #[test]
    fn before_the_first_answer_one_question_is_on_its_way() {
        let mut pace = Pace::new(Provider::Buildkite, NOW);
        pace.begin(NOW).unwrap();
        assert_eq!(pace.begin(NOW), Err(BUSY_PAUSE));
        // It came to nothing: still nobody knows.
        pace.ended();
        pace.begin(NOW).unwrap();
        assert_eq!(pace.begin(NOW), Err(BUSY_PAUSE));
        pace.told(&Pacing::default(), NOW);
        assert_eq!(pace.begin(NOW), Ok(()));
    }

    #[test]
    fn an_answer_that_was_overtaken_does_not_raise_the_count() {
        let mut pace = begun(Provider::Buildkite);
        for _ in 0..2 {
            pace.begin(NOW).unwrap();
        }
        let told = |remaining| Pacing {
            wait: None,
            remaining: Some(remaining),
            limit: Some(50),
            reset: Some(seconds(60)),
        };
        pace.told(&told(12), NOW);
        pace.ended();
        pace.told(&told(13), NOW);
        pace.ended();
        assert_eq!(asked(&mut pace, NOW).0, 1);
    }

    #[test]
    fn who_is_told_to_wait_waits_also_after_a_success() {
        let mut pace = Pace::new(Provider::AzureDevops, NOW);
        pace.begin(NOW).unwrap();
        pace.told(&Pacing { wait: Some(seconds(7)), ..Pacing::default() }, NOW);
        pace.ended();
        assert_eq!(pace.begin(NOW), Err(seconds(7)));
        assert_eq!(pace.begin(NOW + seconds(6)), Err(seconds(1)));
        assert_eq!(pace.begin(NOW + seconds(7)), Ok(()));
        // Nobody is taken at a word that would end it for ever.
        pace.told(&Pacing { wait: Some(seconds(86_400)), ..Pacing::default() }, NOW);
        assert_eq!(pace.begin(NOW), Err(WAIT_MAX));
    }

    #[test]
    fn azure_is_asked_seldom_close_to_its_limit_and_not_at_all_beyond() {
        let mut pace = Pace::new(Provider::AzureDevops, NOW);
        let told = |remaining| Pacing {
            wait: None,
            remaining: Some(remaining),
            limit: Some(200),
            reset: Some(seconds(120)),
        };
        pace.told(&told(150), NOW);
        assert_eq!(pace.begin(NOW), Ok(()));
        pace.told(&told(39), NOW);
        assert_eq!(pace.begin(NOW), Err(NEAR_LIMIT_PAUSE));
        pace.told(&told(0), NOW);
        assert_eq!(pace.begin(NOW), Err(seconds(120)));
    }

    #[test]
    fn few_answers_are_on_their_way_at_once() {
        let mut pace = begun(Provider::AzureDevops);
        for _ in 0..IN_FLIGHT_MAX {
            pace.begin(NOW).unwrap();
        }
        assert_eq!(pace.begin(NOW), Err(BUSY_PAUSE));
        pace.ended();
        assert_eq!(pace.begin(NOW), Ok(()));
        assert!(!pace.is_idle(NOW + seconds(60)));
    }
}
