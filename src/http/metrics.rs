//! `/metrics`: Prometheus text, or the JSON of the guides for who asks for JSON.
//!
//! Counters and histograms are kept where things happen; what is a state (queues, ages, disk) is
//! looked at when somebody asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::hub::Hub;
use crate::model::{AccessId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::access::{AccessRow, accesses};
use crate::store::sqlite::books::read::sources::{SourceRow, sources};
use crate::version;

use super::api::blocking;
use super::api::forwards::all_waiting;
use super::error::{Code, Problem};
use super::guides::{HooksMetrics, Totals};
use super::storage::{BOOKS, JOURNAL, LOGS, Storage, file_bytes, log_of};

/// Sources with a series of their own; the rest is in the API.
const SOURCES_MAX: usize = 100;

/// Samples of histograms are summed this often, so that they do not pile up between two scrapes.
const UPKEEP_PAUSE: Duration = Duration::from_secs(5);

const SECONDS: [f64; 12] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

const ENTRIES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

const HOOK_ROUTES: [&str; 5] = ["azure", "buildkite", "github", "gitlab", "channel"];

/// What a request at a hook address can come to.
const HOOK_OUTCOMES: [&str; 19] = [
    "stored",
    "skipped",
    "test",
    "parked",
    "duplicate",
    Code::KeyMissing.as_str(),
    Code::KeyUnknown.as_str(),
    Code::KeyRevoked.as_str(),
    Code::SignatureBad.as_str(),
    Code::SignatureStale.as_str(),
    Code::ScopeMissing.as_str(),
    Code::NetworkNotAllowed.as_str(),
    Code::BodyTooLarge.as_str(),
    Code::BodyIncomplete.as_str(),
    Code::BodyTooSlow.as_str(),
    Code::TooManyRequests.as_str(),
    Code::Busy.as_str(),
    Code::DiskLow.as_str(),
    Code::CannotStore.as_str(),
];

/// What every hook counts, looked up once: names and labels cost more than the counting.
struct HookMeters {
    received: HashMap<(&'static str, &'static str), Counter>,
    answer: Histogram,
}

static HOOK_METERS: OnceLock<HookMeters> = OnceLock::new();

/// Count the answer to a hook.
pub fn hook_answered(route: &'static str, outcome: &'static str, took: Duration) {
    let meters = HOOK_METERS.get_or_init(HookMeters::register);
    match meters.received.get(&(route, outcome)) {
        Some(counter) => counter.increment(1),
        None => counter!("creel_hooks_received_total", "route" => route, "outcome" => outcome)
            .increment(1),
    }
    meters.answer.record(took);
}

impl HookMeters {
    /// Known label sets begin at 0, so that rates work from the first scrape on.
    fn register() -> Self {
        let mut received = HashMap::new();
        for route in HOOK_ROUTES {
            for outcome in HOOK_OUTCOMES {
                let counter =
                    counter!("creel_hooks_received_total", "route" => route, "outcome" => outcome);
                counter.increment(0);
                received.insert((route, outcome), counter);
            }
        }
        Self { received, answer: histogram!("creel_hooks_answer_duration_seconds") }
    }
}

/// One per process, by necessity: the counters of all rooms meet in it.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begin to count. Safe to repeat.
pub fn install() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Suffix("_entries".to_owned()), &ENTRIES)
            })
            .expect("the lists of buckets are not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("Something else counts in this process already: /metrics stays empty");
        }
        describe();
        keep_up(handle.clone());
        handle
    })
}

fn keep_up(handle: PrometheusHandle) {
    let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(UPKEEP_PAUSE);
            handle.run_upkeep();
        }
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "Metrics are summed only when somebody asks for them");
    }
}

fn describe() {
    describe_gauge!("creel_build_info", "The running version and its commit; always 1");
    describe_gauge!("process_start_time_seconds", "Start of the process, in Unix time");
    describe_gauge!("process_resident_memory_bytes", "Memory the process holds");
    describe_counter!("creel_hooks_received_total", "Requests at hook addresses, by outcome");
    describe_histogram!("creel_hooks_answer_duration_seconds", "From request to answer");
    describe_counter!("creel_entries_total", "Entries stored since the beginning");
    describe_counter!("creel_duplicates_total", "Deliveries that were known already");
    describe_gauge!("creel_entries_parked", "Entries that could not be read");
    describe_gauge!("creel_journal_queue_depth", "Entries waiting for the journal's writer");
    describe_histogram!("creel_journal_commit_duration_seconds", "Time to make a batch durable");
    describe_histogram!("creel_journal_batch_entries", "Entries stored together");
    describe_counter!("creel_journal_failures_total", "Batches that could not be stored");
    describe_gauge!("creel_journal_writable", "1 while entries can be stored");
    describe_gauge!("creel_processor_backlog_entries", "Entries waiting to be read");
    describe_gauge!("creel_processor_oldest_age_seconds", "Age of the oldest of them");
    describe_gauge!("creel_live_listeners", "Connections that listen for changes");
    describe_gauge!("creel_disk_free_bytes", "Room on the disk of the data directory");
    describe_gauge!("creel_disk_low_water_bytes", "With less room nothing is accepted");
    describe_gauge!(
        "creel_disk_days_left",
        "Days until the disk reaches its low-water mark; 1825 (five years) when it is not in sight"
    );
    describe_gauge!("creel_data_bytes", "Size of a database file or its log");
    describe_gauge!("creel_data_used_bytes", "Of a database file, what is in use");
    describe_counter!("creel_retention_removed_total", "Entries, events, records, sums removed");
    describe_counter!("creel_retention_reclaimed_bytes_total", "Bytes of pages freed by that");
    describe_gauge!("creel_retention_held", "Older than their limit, but still needed");
    describe_gauge!(
        "creel_retention_last_run_timestamp_seconds",
        "End of the last run that looked at all of a class, in Unix time"
    );
    describe_gauge!(
        "creel_retention_oldest_timestamp_seconds",
        "Time of the oldest that is kept of a class, in Unix time"
    );
    describe_gauge!("creel_source_last_event_age_seconds", "Time since a source's last event");
    describe_gauge!("creel_forward_lag_entries", "Entries that wait for a receiver of [forward]");
    describe_gauge!("creel_forward_oldest_age_seconds", "Age of the oldest of them");
    describe_counter!("creel_forward_sent_total", "Entries a receiver is done with, by outcome");
    describe_counter!("creel_forward_failures_total", "Tries that a receiver did not take");
    describe_counter!("creel_provider_requests_total", "Questions to a provider, by outcome");
    describe_counter!(
        "creel_provider_waits_total",
        "Questions put off, to ask no more than is right"
    );
    describe_gauge!(
        "creel_token_expiry_timestamp_seconds",
        "End of a token that was set, in Unix time; only where it is known"
    );
    describe_histogram!(
        "creel_provider_answer_duration_seconds",
        "From a question to the first of its answer"
    );
    describe_gauge!(
        "creel_heartbeat_last_success_timestamp_seconds",
        "When the watcher was last told that all is well, in Unix time; 0: never; only with [heartbeat]"
    );
    describe_counter!("creel_heartbeat_failures_total", "Heartbeats that the watcher did not hear");
    describe_gauge!(
        "creel_tls_certificate_expiry_timestamp_seconds",
        "End of the port's certificate, in Unix time; only with [tls]"
    );
    describe_gauge!(
        "creel_tls_last_reload_successful",
        "0 while the certificate's files cannot be read again; only with [tls]"
    );
    HOOK_METERS.get_or_init(HookMeters::register);
    counter!("creel_journal_failures_total").increment(0);
    gauge!("creel_build_info", "version" => version::VERSION, "commit" => version::hash()).set(1.0);
}

/// How it runs, for Prometheus; for `Accept: application/json`, what was received.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "operations",
    responses((status = 200, description = "Prometheus text, or JSON", content(
        (String = "text/plain; version=0.0.4"),
        (HooksMetrics = "application/json"),
    )))
)]
pub async fn answer(State(hub): State<Hub>, headers: HeaderMap) -> Result<Response, Problem> {
    let now = hub.clock().now();
    let (totals, sources, waiting, storage, tokens) = blocking(&hub, move |hub| {
        let sources = hub.books().read(|books| sources(books, 0, SOURCES_MAX, now))?;
        let storage = Storage::look(hub, Duration::ZERO)?;
        let tokens = hub.books().read(accesses)?;
        Ok::<_, StoreError>((Totals::read(hub)?, sources.items, all_waiting(hub)?, storage, tokens))
    })
    .await?;
    if wants_json(&headers) {
        return Ok(Json(HooksMetrics::from(&totals)).into_response());
    }
    let handle = install();
    look(&hub, &totals, &sources, now);
    look_at_storage(&hub, &storage);
    look_at_tokens(&tokens);
    for (target, waiting) in waiting {
        let age = waiting.oldest_at.map_or(0, |at| (now.0 - at.0).max(0));
        gauge!("creel_forward_lag_entries", "target" => target.clone()).set(waiting.entries as f64);
        gauge!("creel_forward_oldest_age_seconds", "target" => target).set(age as f64 / 1_000.0);
    }
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((content_type, handle.render()).into_response())
}

/// Whether JSON is asked for by name, and not less than text.
fn wants_json(headers: &HeaderMap) -> bool {
    let (mut json, mut text) = (0.0, 0.0_f32);
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in accepted.flat_map(|accept| accept.split(',')) {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let name = parts.next().unwrap_or_default();
        let weight: f32 =
            parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        match name.as_str() {
            "application/json" => json = weight,
            // What Prometheus asks for first; plain text is what it takes as well.
            "text/plain" | "text/*" | "application/openmetrics-text" => text = weight.max(text),
            _ => {}
        }
    }
    json > 0.0 && json >= text
}

/// Set the gauges to what is.
fn look(hub: &Hub, totals: &Totals, sources: &[SourceRow], now: Timestamp) {
    let seconds_since = |at: Timestamp| ((now.0 - at.0).max(0)) as f64 / 1_000.0;
    let health = hub.journal().health();
    let is_writable = health.state() == crate::journal::HealthState::Writable;
    gauge!("process_start_time_seconds").set(hub.started_at().0 as f64 / 1_000.0);
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Some(bytes) = health.disk_free_bytes() {
        gauge!("creel_disk_free_bytes").set(bytes as f64);
    }
    counter!("creel_entries_total").absolute(count(hub.journal().last().0));
    counter!("creel_duplicates_total").absolute(count(totals.duplicates));
    gauge!("creel_entries_parked").set(totals.parked as f64);
    gauge!("creel_journal_queue_depth").set(hub.journal().queued() as f64);
    gauge!("creel_journal_writable").set(if is_writable { 1.0 } else { 0.0 });
    gauge!("creel_processor_backlog_entries").set(totals.backlog as f64);
    gauge!("creel_processor_oldest_age_seconds")
        .set(totals.oldest_waiting_at.map_or(0.0, seconds_since));
    gauge!("creel_live_listeners").set(hub.bell().listeners() as f64);
    for source in sources {
        let name = source.name.as_deref().unwrap_or("(unknown)");
        let provider = source.provider.as_str();
        // Its id as well: two sources may have one name.
        gauge!(
            "creel_source_last_event_age_seconds",
            "provider" => provider, "source" => name.to_owned(), "id" => source.public_id.to_string()
        )
        .set(seconds_since(source.last_event_at));
    }
}

/// How much is kept since when, what was removed, and how long the disk lasts.
fn look_at_storage(hub: &Hub, storage: &Storage) {
    gauge!("creel_disk_low_water_bytes").set(storage.disk_low_bytes as f64);
    if let Some(days) = storage.days_left() {
        gauge!("creel_disk_days_left").set(days);
    }
    for (name, space) in [(JOURNAL, storage.journal), (BOOKS, storage.books)] {
        gauge!("creel_data_used_bytes", "file" => name).set(space.used_bytes() as f64);
        for file in [name.to_owned(), log_of(name)] {
            let bytes = file_bytes(&hub.config().data, &file);
            gauge!("creel_data_bytes", "file" => file).set(bytes as f64);
        }
    }
    gauge!("creel_data_used_bytes", "file" => LOGS).set(storage.logs.stored_bytes as f64);
    gauge!("creel_data_bytes", "file" => LOGS).set(storage.logs.stored_bytes as f64);
    for row in &storage.classes {
        let class = row.class.as_str();
        counter!("creel_retention_removed_total", "class" => class).absolute(count(row.removed));
        counter!("creel_retention_reclaimed_bytes_total", "class" => class)
            .absolute(count(row.reclaimed_bytes));
        gauge!("creel_retention_held", "class" => class).set(row.held as f64);
        let seconds = |at: Timestamp| at.0 as f64 / 1_000.0;
        if let Some(at) = row.last_run_at {
            gauge!("creel_retention_last_run_timestamp_seconds", "class" => class).set(seconds(at));
        }
        if let Some(at) = storage.oldest_at(row.class) {
            gauge!("creel_retention_oldest_timestamp_seconds", "class" => class).set(seconds(at));
        }
    }
}

/// Tokens whose end was told by the last look, by id.
static TOKENS: Mutex<BTreeMap<AccessId, Gauge>> = Mutex::new(BTreeMap::new());

/// When the tokens end. One that was taken away says no more: a gauge would stand where it was for ever.
fn look_at_tokens(tokens: &[AccessRow]) {
    let mut told = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    for gauge in std::mem::take(&mut *told).into_values() {
        gauge.set(f64::NAN);
    }
    for token in tokens {
        let (Some(base), Some(ends)) = (&token.base, token.info.expires_at) else { continue };
        let gauge = gauge!(
            "creel_token_expiry_timestamp_seconds",
            "provider" => token.provider.as_str(), "base" => base.clone(),
            "purpose" => token.purpose.as_str(), "id" => token.id.to_string()
        );
        gauge.set(ends.0 as f64 / 1_000.0);
        told.insert(token.id, gauge);
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Memory the process holds, where the system tells.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u32 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(f64::from(kilobytes) * 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_ask_for_it_by_name() {
        let wants = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            wants_json(&headers)
        };
        for accept in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json, text/plain, */*",
            "text/plain;q=0.5, application/json;q=0.9",
        ] {
            assert!(wants(accept), "{accept}");
        }
        for accept in [
            "*/*",
            "text/html",
            "application/json;q=0",
            "text/plain, application/json;q=0.5",
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        ] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_json(&HeaderMap::new()));
    }
}
