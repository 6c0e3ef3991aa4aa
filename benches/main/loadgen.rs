//! Sends hooks over keep-alive connections and watches the answers.
//!
//! *Closed*: each connection sends its next hook as soon as the last one is answered; measures the
//! rate. *Paced*: hooks are due at fixed times, whether or not earlier ones have been answered, and
//! a latency counts from the due time. A server that stalls for a second thus shows a second for
//! every hook that was due meanwhile, not for one per connection.
//!
//! The HTTP here is what our servers answer and no more: a status line, headers with a
//! `content-length`, a body.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use creel::simulator::{Hook, build_complete, mixed_hook};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::histogram::Histogram;

/// A server that takes longer than this has failed, and so has the measurement.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// Pause before a broken connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);

/// What is sent.
#[derive(Debug, Clone)]
pub enum Bodies {
    /// `build.complete`, about 3,084 bytes.
    BuildComplete,
    /// All shapes of both providers, mean about 4.8 kB.
    Mixed,
    /// One after the other, and again from the beginning.
    These(Arc<[Hook]>),
}

impl Bodies {
    pub fn hook(&self, index: u64) -> Hook {
        match self {
            Self::BuildComplete => build_complete(index),
            Self::Mixed => mixed_hook(index),
            Self::These(hooks) => {
                let place = index % (hooks.len() as u64).max(1);
                hooks[usize::try_from(place).unwrap_or(0)].clone()
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Closed,
    /// Hooks per second, over all connections.
    PerSecond(u32),
}

#[derive(Debug, Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub key: String,
    pub bodies: Bodies,
    pub connections: usize,
    pub pace: Pace,
    pub duration: Duration,
    /// Stop after this many hooks, even before the time is over.
    pub hooks_max: u64,
    /// Index of the first hook; a server must not see one twice unless duplicates are wanted.
    pub first: u64,
    /// Exactly these hooks instead of all from `first` on.
    pub only: Option<Arc<[u64]>>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Yield {
    /// Microseconds from sending (closed) or from the due time (paced) to the complete answer.
    pub times: Histogram,
    pub accepted: u64,
    pub refused: BTreeMap<u16, u64>,
    /// Connections that broke before an answer was complete.
    pub broken: u64,
    pub elapsed: Duration,
    /// Index after the last hook that was sent.
    pub next: u64,
    /// Indexes of accepted hooks with `duplicate` as answered; filled when [`Load::run_noting`] ran.
    pub answers: Vec<(u64, bool)>,
}

impl Yield {
    pub fn per_second(&self) -> f64 {
        self.accepted as f64 / self.elapsed.as_secs_f64()
    }

    pub fn p(&self, percent: f64) -> f64 {
        self.times.quantile(percent / 100.0)
    }

    /// Whether every hook was answered 2xx.
    pub fn is_clean(&self) -> bool {
        self.refused.is_empty() && self.broken == 0
    }

    fn add(&mut self, other: Self) {
        self.times.add(&other.times);
        self.accepted += other.accepted;
        for (status, count) in other.refused {
            *self.refused.entry(status).or_default() += count;
        }
        self.broken += other.broken;
        self.answers.extend(other.answers);
    }
}

impl Load {
    /// Run to the end; blocks.
    pub fn run(&self) -> Result<Yield> {
        self.run_on_threads(false)
    }

    /// The same, and remember what each hook was answered.
    pub fn run_noting(&self) -> Result<Yield> {
        self.run_on_threads(true)
    }

    fn index(&self, nth: u64) -> Option<u64> {
        match &self.only {
            Some(only) => only.get(usize::try_from(nth).ok()?).copied(),
            None => Some(self.first + nth),
        }
    }

    fn run_on_threads(&self, notes: bool) -> Result<Yield> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("start the load generator")?;
        runtime.block_on(self.run_tasks(notes))
    }

    async fn run_tasks(&self, notes: bool) -> Result<Yield> {
        let next = Arc::new(AtomicU64::new(0));
        let begin = Instant::now();
        let tasks: Vec<_> = (0..self.connections)
            .map(|_| {
                let sender = Sender {
                    load: self.clone(),
                    next: Arc::clone(&next),
                    begin,
                    wire: None,
                    notes,
                    harvest: Yield::default(),
                };
                tokio::spawn(sender.run())
            })
            .collect();
        let mut sum = Yield::default();
        for task in tasks {
            sum.add(task.await.context("a sender panicked")?);
        }
        sum.elapsed = begin.elapsed();
        sum.next = self.first + next.load(Ordering::Relaxed);
        Ok(sum)
    }
}

/// One connection and its share of the load.
struct Sender {
    load: Load,
    next: Arc<AtomicU64>,
    begin: Instant,
    wire: Option<Wire>,
    notes: bool,
    harvest: Yield,
}

impl Sender {
    async fn run(mut self) -> Yield {
        loop {
            let nth = self.next.fetch_add(1, Ordering::Relaxed);
            let due = match self.load.pace {
                Pace::Closed => self.begin,
                Pace::PerSecond(rate) => {
                    self.begin + Duration::from_secs_f64(nth as f64 / f64::from(rate))
                }
            };
            let end = self.begin + self.load.duration;
            let Some(index) = self.load.index(nth) else { return self.harvest };
            if nth >= self.load.hooks_max || due.max(Instant::now()) >= end {
                return self.harvest;
            }
            tokio::time::sleep_until(due.into()).await;
            let request = request(&self.load.bodies.hook(index), &self.load.key);
            let from = match self.load.pace {
                Pace::Closed => Instant::now(),
                Pace::PerSecond(_) => due,
            };
            match self.exchange(&request).await {
                Ok((status, is_duplicate)) => self.note(index, status, is_duplicate, from),
                Err(_) => {
                    self.harvest.broken += 1;
                    self.wire = None;
                    tokio::time::sleep(RECONNECT_PAUSE).await;
                }
            }
        }
    }

    fn note(&mut self, index: u64, status: u16, is_duplicate: bool, from: Instant) {
        let micros = u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.harvest.times.record(micros);
        if (200..300).contains(&status) {
            self.harvest.accepted += 1;
            if self.notes {
                self.harvest.answers.push((index, is_duplicate));
            }
        } else {
            *self.harvest.refused.entry(status).or_default() += 1;
        }
    }

    /// Send a request and read its answer: status, and whether it says `"duplicate":true`.
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, bool)> {
        if self.wire.is_none() {
            let stream = TcpStream::connect(self.load.address).await?;
            stream.set_nodelay(true)?;
            self.wire = Some(Wire { stream, buffer: Vec::with_capacity(4 * 1024) });
        }
        let wire = self.wire.as_mut().context("just connected")?;
        tokio::time::timeout(ANSWER_WAIT_MAX, wire.exchange(request)).await?
    }
}

/// The request as bytes: what a provider sends, plus the key.
pub fn request(hook: &Hook, key: &str) -> Vec<u8> {
    let mut request = Vec::with_capacity(hook.body.len() + 1024);
    let mut line = |parts: [&str; 4]| {
        for part in parts {
            request.extend_from_slice(part.as_bytes());
        }
        request.extend_from_slice(b"\r\n");
    };
    line(["POST ", hook.path(), " HTTP/1.1", ""]);
    line(["host: creel.example", "", "", ""]);
    for (name, value) in &hook.headers {
        line([name, ": ", value, ""]);
    }
    line(["x-api-key: ", key, "", ""]);
    line(["content-length: ", &hook.body.len().to_string(), "\r\n", ""]);
    request.extend_from_slice(&hook.body);
    request
}

struct Wire {
    stream: TcpStream,
    /// What has been read and not yet understood.
    buffer: Vec<u8>,
}

impl Wire {
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, bool)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            let got = self.stream.read_buf(&mut self.buffer).await?;
            anyhow::ensure!(got > 0, "the connection ended in an answer");
            if let Some((status, body)) = read_answer(&self.buffer)? {
                return Ok((status, find(body, br#""duplicate":true"#).is_some()));
            }
        }
    }
}

/// Status and body of the answer at the beginning of `bytes`, once it is complete.
pub fn read_answer(bytes: &[u8]) -> Result<Option<(u16, &[u8])>> {
    let Some(head_end) = find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..head_end]).context("an answer is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if !name.eq_ignore_ascii_case("content-length") {
            return None;
        }
        value.trim().parse::<usize>().ok()
    });
    let body = &bytes[head_end + 4..];
    let length = length.context("an answer has no content-length")?;
    let status = status.context("an answer has no status")?;
    Ok(body.get(..length).map(|body| (status, body)))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
