//! What a target's answer means for the entry it was given, and how long to wait.

use std::time::Duration;

use crate::model::Timestamp;
use crate::outbound::{Answer, SendError};

/// Longest pause between two tries while a target is away.
const AWAY_PAUSE_MAX: Duration = Duration::from_mins(1);

/// A target that asks for more patience than this is asked again all the same.
pub const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// Pauses between the tries of an entry that a target fails on: eight tries over nine minutes.
const FAILED_PAUSES: [Duration; 7] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
];

/// What became of handing an entry on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    /// The target is away or asks to wait. Everything waits with this entry, in order.
    Away {
        why: String,
        asked: Option<Duration>,
    },
    /// The target fails on this entry, which may be the entry's doing.
    Failed {
        why: String,
    },
    /// The target does not want this entry. Asking again would not help.
    Refused {
        why: String,
    },
}

#[must_use]
pub fn judge(outcome: &Result<Answer, SendError>, now: Timestamp) -> Verdict {
    let answer = match outcome {
        Ok(answer) => answer,
        Err(error) => return Verdict::Away { why: error.to_string(), asked: None },
    };
    let why = format!("answered {}", answer.status);
    match answer.status {
        200..300 => Verdict::Taken,
        408 | 425 | 429 | 502..=504 => {
            let asked = answer.retry_after.as_deref().and_then(|text| asked_for(text, now));
            Verdict::Away { why, asked: asked.map(|pause| pause.min(RETRY_AFTER_MAX)) }
        }
        500.. => Verdict::Failed { why },
        300..400 => Verdict::Refused { why: format!("{why}, a redirect, which is not followed") },
        _ => Verdict::Refused { why },
    }
}

/// The pause before the next try of a target that was away for so many tries.
#[must_use]
pub fn away_pause(tries: u32, dice: u8) -> Duration {
    let doubled = Duration::from_secs(1 << tries.saturating_sub(1).min(6)).min(AWAY_PAUSE_MAX);
    // Between half of it and all of it, so that many that wait do not come back at once.
    doubled.mul_f64(0.5 + 0.5 * f64::from(dice) / f64::from(u8::MAX))
}

/// The pause before the next try of an entry that a target failed on so many times; `None`: enough.
#[must_use]
pub fn failed_pause(tries: u32) -> Option<Duration> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    FAILED_PAUSES.get(place).copied()
}

/// `Retry-After`: seconds, or a date.
fn asked_for(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    let pause = at.timestamp().as_millisecond().saturating_sub(now.0);
    Some(Duration::from_millis(u64::try_from(pause).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, retry_after: Option<&str>) -> Verdict {
        let now = Timestamp::parse_rfc3339("2026-03-02T10:00:00Z").unwrap();
        judge(&Ok(Answer { status, retry_after: retry_after.map(str::to_owned) }), now)
    }

    #[test]
    fn a_status_says_who_has_to_wait() {
        let kind = |status| match judged(status, None) {
            Verdict::Taken => "taken",
            Verdict::Away { .. } => "away",
            Verdict::Failed { .. } => "failed",
            Verdict::Refused { .. } => "refused",
        };
        for (statuses, expected) in [
            (&[200, 201, 202, 204][..], "taken"),
            (&[408, 425, 429, 502, 503, 504], "away"),
            (&[500, 501, 505, 599], "failed"),
            (&[301, 302, 307, 400, 401, 403, 404, 410, 413, 422], "refused"),
        ] {
            for status in statuses {
                assert_eq!(kind(*status), expected, "{status}");
            }
        }
        let nobody = judge(&Err(SendError::Unreachable("connection refused".into())), Timestamp(0));
        assert_eq!(nobody, Verdict::Away { why: "connection refused".to_owned(), asked: None });
    }

    #[test]
    fn a_target_that_asks_for_a_pause_gets_it_within_reason() {
        for (asked, seconds) in [
            ("7", Some(7)),
            ("86400", Some(600)),
            ("Mon, 02 Mar 2026 10:00:09 GMT", Some(9)),
            ("Mon, 02 Mar 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let Verdict::Away { asked: pause, .. } = judged(503, Some(asked)) else { panic!() };
            assert_eq!(pause, seconds.map(Duration::from_secs), "{asked}");
        }
    }

    #[test]
    fn pauses_grow_and_stay_within_their_bounds() {
        assert_eq!(away_pause(1, 255), Duration::from_secs(1));
        assert_eq!(away_pause(1, 0), Duration::from_millis(500));
        assert_eq!(away_pause(u32::MAX, 255), AWAY_PAUSE_MAX);
        let pauses: Vec<_> = (1..).map_while(failed_pause).collect();
        assert_eq!(pauses.len(), 7);
        assert!(pauses.iter().sum::<Duration>() > Duration::from_mins(8));
        assert_eq!(failed_pause(0), None);
    }
}
