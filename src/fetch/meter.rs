//! Every question is counted once, when it is known what came of it.

use std::time::Duration;

use metrics::{counter, histogram};

use super::AskError;
use crate::model::Provider;

/// Counts one question, at the latest when it is dropped: then it went well.
#[derive(Debug)]
pub(super) struct Meter {
    provider: Provider,
    is_counted: bool,
}

impl Meter {
    pub fn of(provider: Provider) -> Self {
        Self { provider, is_counted: false }
    }

    /// Status and headers are there.
    pub fn answered(&self, after: Duration) {
        let provider = self.provider.as_str();
        histogram!("creel_provider_answer_duration_seconds", "provider" => provider).record(after);
    }

    pub fn failed(&mut self, error: &AskError) {
        if !self.is_counted {
            self.count(error.code());
        }
    }

    fn count(&mut self, outcome: &'static str) {
        self.is_counted = true;
        let provider = self.provider.as_str();
        counter!("creel_provider_requests_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if !self.is_counted {
            self.count("ok");
        }
    }
}

/// Somebody was told to come later.
pub(super) fn waited(provider: Provider) {
    counter!("creel_provider_waits_total", "provider" => provider.as_str()).increment(1);
}
