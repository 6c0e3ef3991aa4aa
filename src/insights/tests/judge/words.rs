//! Alarms in words.

use super::super::figures::counted;
use super::{Alarm, Evidence, Watching};

impl Alarm {
    /// `4 changes in 30 runs`: what gave alarm, without the test's name and a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.evidence.text(self.build);
        if self.came_back.is_some() { format!("came back: {text}") } else { text }
    }
}

impl Evidence {
    fn text(&self, build: i64) -> String {
        match self {
            Self::BothWays { other_build, .. } if *other_build == build => {
                "failed and passed within one build".to_owned()
            }
            Self::BothWays { commit: Some(commit), .. } => {
                format!("failed and passed on commit {}", commit.get(..8).unwrap_or(commit))
            }
            Self::BothWays { commit: None, .. } => "failed and passed on one commit".to_owned(),
            Self::Flips { flips, considered, .. } => {
                format!("{} in {}", counted(*flips, "flip"), counted(*considered, "run"))
            }
            Self::Failures(rate) => rate.text(),
            Self::Broken { in_a_row, failed, runs, branch } => {
                let on = branch.as_ref().map_or_else(String::new, |name| format!(" on {name}"));
                // By the share of failures it can be broken at its first failure in a row.
                if *in_a_row > 1 {
                    format!("failed {in_a_row} times in a row{on}")
                } else {
                    format!("failed {failed} of {runs} times{on}")
                }
            }
        }
    }
}

impl Watching {
    /// `not enough data: 6 of 20 runs`
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Fails { in_a_row: 1, .. } => "failed in its newest run".to_owned(),
            Self::Fails { in_a_row, .. } => format!("failed {in_a_row} times in a row"),
            Self::FewRuns { considered, wanted, .. } => {
                format!("not enough data: {considered} of {wanted} runs")
            }
        }
    }
}
