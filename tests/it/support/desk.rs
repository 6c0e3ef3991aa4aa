//! A hub in this process: hooks are posted to its router, workers are stepped by hand.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use creel::clock::Clock;
use creel::config::{Config, Overrides};
use creel::http;
use creel::hub::Hub;
use creel::keys::{KeyLimits, KeyRequest};
use creel::model::{By, Timestamp};
use creel::simulator::Hook;
use creel::workers::clerk;
use creel::workers::filer::{self, Filer};
use creel::workers::janitor::{Janitor, Progress};
use creel::workers::processor::Processor;
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// When the standing clock of a test stands: after everything the test's hooks tell of.
pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// A hub on a directory of its own.
pub struct Desk {
    pub hub: Hub,
    pub key: String,
    router: Router,
    /// `None` once the desk is being cleared.
    runtime: Option<tokio::runtime::Runtime>,
    data: PathBuf,
    /// `None` once it is handed to the next desk.
    directory: Option<TempDir>,
}

impl Desk {
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    /// With settings from the environment.
    pub fn open_with(environment: &[(&str, &str)]) -> Self {
        Self::open_on(tempfile::tempdir().expect("a directory"), environment, NOW)
    }

    /// Closed, and opened again with other settings.
    pub fn reopened_with(self, environment: &[(&str, &str)]) -> Self {
        self.reopened_at(environment, NOW)
    }

    /// The same, at another time: what lies between has passed for nobody here.
    pub fn reopened_at(mut self, environment: &[(&str, &str)], now: Timestamp) -> Self {
        let directory = self.directory.take().expect("the desk is in use");
        drop(self);
        Self::open_on(directory, environment, now)
    }

    /// On what lies in `data` of a directory, at a time of its own.
    pub fn open_on(directory: TempDir, environment: &[(&str, &str)], now: Timestamp) -> Self {
        let environment: Vec<_> =
            environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let data = directory.path().join("data");
        let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
        let config = Config::load(&overrides, &environment).expect("settings");
        let hub = Hub::open(config, Clock::standing_at(now)).expect("opens");
        let request = KeyRequest {
            name: "test".to_owned(),
            scopes: "ingest,read,admin".parse().expect("scopes"),
            signing: false,
            limits: KeyLimits::default(),
            value: None,
        };
        let secret = hub.keys().create(&request, &By::creel(now)).expect("a key").secret;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let router = http::router(&hub);
        let (key, directory) = (secret.reveal().to_owned(), Some(directory));
        Self { hub, key, router, runtime: Some(runtime), data, directory }
    }

    /// Closed; what lies in the directory is for others.
    pub fn closed(mut self) -> TempDir {
        self.directory.take().expect("the desk is in use")
    }

    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// Send one request through the router.
    pub fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> (StatusCode, Vec<u8>) {
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("authorization", format!("Bearer {}", self.key));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_vec())).expect("a request");
        self.wait(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let status = response.status();
            let body = response.into_body().collect().await.expect("a body").to_bytes();
            (status, body.to_vec())
        })
    }

    /// Send a request as it is: the answer with its headers and its whole body.
    pub fn send(&self, request: Request<Body>) -> Response<Vec<u8>> {
        self.wait(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            Response::from_parts(parts, body.to_vec())
        })
    }

    /// Send a request whose answer does not end.
    pub fn open_stream(&self, request: Request<Body>) -> Response<Body> {
        self.wait(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            response
        })
    }

    /// Let the hub's tasks run until this is done.
    pub fn wait<F: Future>(&self, done: F) -> F::Output {
        self.runtime.as_ref().expect("the desk is in use").block_on(done)
    }

    /// What the API answers to a question that is in order.
    pub fn get_json(&self, target: &str) -> Value {
        let (status, answer) = self.request("GET", target, &[], b"");
        let answer = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, StatusCode::OK, "{target}: {answer}");
        answer
    }

    /// A key of its own.
    pub fn make_key(&self, name: &str, scopes: &str) -> String {
        let request = KeyRequest {
            name: name.to_owned(),
            scopes: scopes.parse().expect("scopes"),
            signing: false,
            limits: KeyLimits::default(),
            value: None,
        };
        let made = self.hub.keys().create(&request, &By::creel(NOW)).expect("a key");
        made.secret.reveal().to_owned()
    }

    /// Post a fixture where its provider sends; returns the answer.
    pub fn post_fixture(&self, name: &str) -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        let body = std::fs::read(&path).expect("a fixture");
        let content_type = ("content-type".to_owned(), "application/json".to_owned());
        if name.starts_with("azure_devops/") {
            return self.post("/webhooks/azure", &[content_type], &body);
        }
        if name.starts_with("gitlab/") {
            return self.post("/webhooks/gitlab", &[content_type], &body);
        }
        let event: Value = serde_json::from_slice(&body).expect("JSON");
        let event = event["event"].as_str().unwrap_or("build.finished").to_owned();
        let headers = [content_type, ("x-buildkite-event".to_owned(), event)];
        self.post("/webhooks/buildkite", &headers, &body)
    }

    /// Post a body where a hook of its provider goes; returns the answer.
    pub fn post(&self, target: &str, headers: &[(String, String)], body: &[u8]) -> Value {
        let (status, answer) = self.request("POST", target, headers, body);
        let answer = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    pub fn post_hook(&self, hook: &Hook) -> Value {
        let headers: Vec<_> = hook
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-") || name == "content-type")
            .cloned()
            .collect();
        self.post(hook.path(), &headers, &hook.body)
    }

    /// Let the workers work until nothing is left to do.
    pub fn step_all(&self) {
        let processor = Processor::of(&self.hub);
        while !processor.step().expect("a step").idle() {}
        let filer = Filer::new(&self.hub);
        filer.begin().expect("a beginning");
        while filer.step().expect("a step") != filer::Progress::Idle {}
        clerk::step(&self.hub).expect("a step");
    }

    /// Let the janitor make a whole run, an hour after the one before.
    pub fn tidy_up(&self) {
        self.hub.clock().advance(Duration::from_hours(1));
        let mut janitor = Janitor::of(&self.hub);
        while janitor.step().expect("a step") == Progress::Worked {}
    }

    /// All records, in an order and in words that do not depend on how they came about.
    pub fn records(&self) -> String {
        dump(&self.data().join("books.db"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Tasks that nobody waits for any more may be about to append; the journal would wait for them.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        self.hub.close();
        // The writer does not check references statement by statement, so they are checked here.
        if !std::thread::panicking() {
            let books = rusqlite::Connection::open(self.data().join("books.db")).expect("opens");
            let mut check = books.prepare("pragma foreign_key_check").expect("a check");
            let broken: Vec<(String, i64, String)> = check
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .expect("runs")
                .collect::<Result<_, _>>()
                .expect("reads");
            assert_eq!(broken, [], "rows that refer to nothing: (table, row, to)");
        }
    }
}

/// Sources, builds, steps, subjects and counters without row numbers and without receipt.
pub fn dump(books: &Path) -> String {
    let connection = rusqlite::Connection::open(books).expect("opens");
    let queries = [
        "select 'source', provider, scheme, key, name, base_url from source order by 2, 3, 4",
        "select 'word', w.provider, w.scheme, w.key, w.leads, s.scheme, s.key
           from source_word w
           left join source s on s.id = w.source
          order by 2, 3, 4",
        "select 'build', b.public_id, s.name, p.key, p.slug, p.name, b.sort_at, b.state, b.result,
                b.result_detail, b.raw_result, b.attempt, b.project, b.project_id, b.number, b.label,
                b.external_id, b.url, b.branch, b.commit_id, b.message, b.reason, b.requested_by,
                b.pull_request, b.pull_request_target, b.queued_at, b.started_at, b.finished_at,
                b.queue_ms, b.duration_ms, b.fold
           from build b
           join source s on s.id = b.source
           left join pipeline p on p.id = b.pipeline
          order by 2",
        "select 'step', b.public_id, t.key, t.attempt, t.kind, t.state, t.result, t.detail,
                t.soft_failed, t.superseded, t.retry_of, t.fold
           from step t
           join build b on b.id = t.build
          order by 2, 3, 4",
        "select 'subject', u.public_key, u.title, u.state, u.project, u.url, u.last_event_at, u.fold
           from subject u
          order by 2",
        "select 'changes', name, count from counter where name like 'state-change:%' order by 2",
        "select 'key', k.scheme, k.key, b.public_id
           from build_key k
           join build b on b.id = k.build
          order by 2, 3, 4",
        "select 'tests', public_id, tests from build where tests is not null order by 2",
        "select 'set', b.public_id, s.origin, s.slot, s.attempt, s.name, s.job, s.agent, s.is_counted,
                s.total, s.passed, s.failed, s.errored, s.skipped, s.retried, s.files
           from test_set s
           join build b on b.id = s.build
          where s.state = 'whole'
          order by 2, 3, 4, 5, 6, 16",
        "select 'result', b.public_id, s.origin, s.slot, s.attempt, c.public_id, c.suite, c.class,
                c.name, c.variant, r.status, r.nth, r.duration_us, r.is_retried, f.message,
                length(f.stack)
           from test_result r
           join test_set s on s.id = r.test_set and s.state = 'whole'
           join build b on b.id = r.build
           join test_case c on c.id = r.test_case
           left join test_failure f
             on f.test_case = r.test_case and f.build = r.build and f.test_set = r.test_set
            and f.nth = r.nth
          order by 2, 3, 4, 5, 6, 12, 11",
    ];
    let mut lines = String::new();
    for query in queries {
        let mut statement = connection.prepare(query).expect("prepared");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("queried");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                let value: rusqlite::types::Value = row.get(column).expect("a value");
                match value {
                    rusqlite::types::Value::Null => lines.push_str("| - "),
                    rusqlite::types::Value::Integer(number) => {
                        lines.push_str(&format!("| {number} "));
                    }
                    rusqlite::types::Value::Text(text) => lines.push_str(&format!("| {text} ")),
                    other => lines.push_str(&format!("| {other:?} ")),
                }
            }
            lines.push('\n');
        }
    }
    lines
}

/// A megabyte of its own that cannot be packed.
pub fn unpackable(number: u64) -> Vec<u8> {
    let mut state = number;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    (0..125_000).flat_map(|_| next().to_be_bytes()).collect()
}
