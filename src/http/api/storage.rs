//! What is kept for how long, and how long the disk lasts.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::storage::{self, BOOKS, JOURNAL, LOGS, Storage, file_bytes, log_of};
use crate::http::view::{Time, time};
use crate::hub::Hub;
use crate::model::{DataClass, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::Space;

use super::blocking;
use super::query::Asked;

/// How far back sizes are shown, one of a day.
const HISTORY: Duration = Duration::from_hours(90 * 24);

/// Storage as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Storage)]
pub struct Report {
    pub classes: Vec<StorageClass>,
    pub files: Vec<StorageFile>,
    pub disk: Disk,
    pub forecast: StorageForecast,
    /// One size of each day, oldest first.
    pub history: Vec<Size>,
}

/// A class of data, what bounds it, and what retention has done to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageClass {
    /// `bodies`, `events`, `builds`, `logs` or `aggregates`.
    pub class: &'static str,
    /// File that holds it.
    pub file: &'static str,
    /// How long it is kept; `null`: for ever.
    #[schema(required)]
    pub age_ms: Option<u64>,
    /// What may be in use of its file; `null`: no limit.
    #[schema(required)]
    pub size_bytes: Option<u64>,
    /// Of the oldest that is kept.
    #[schema(required)]
    pub oldest_at: Option<Time>,
    /// Older than its age, but still needed: not read or not sent on yet, parked, sample data.
    pub held: i64,
    /// Removed since the beginning.
    pub removed: i64,
    /// In whole pages, which are filled again.
    pub reclaimed_bytes: i64,
    /// End of the last run that looked at all of it; one begins every hour.
    #[schema(required)]
    pub last_run_at: Option<Time>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StorageFile {
    /// `journal.db`, `books.db`, or `logs/`: all files in it.
    pub name: &'static str,
    pub bytes: i64,
    /// The rest is free, and filled before the file grows.
    pub used_bytes: i64,
    /// The write-ahead log beside it, which is used again and again.
    pub log_bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Disk {
    /// `null`: the file system does not say.
    #[schema(required)]
    pub free_bytes: Option<u64>,
    /// `limits.disk_low`: with less nothing is accepted.
    pub low_water_bytes: u64,
}

/// What is to be expected if as much is written as in the last two weeks.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageForecast {
    pub outlook: OutlookWord,
    /// The same for people.
    pub sentence: String,
    #[schema(required)]
    pub written_per_day_bytes: Option<i64>,
    /// From then on as much goes as comes; `null` also where something is kept for ever.
    #[schema(required)]
    pub levels_off_at: Option<Time>,
    /// In use by then.
    #[schema(required)]
    pub levels_off_bytes: Option<i64>,
    /// When the disk reaches its low-water mark, if within five years.
    #[schema(required)]
    pub full_at: Option<Time>,
}

/// `unknown`: too little of a past; `enough`: the mark is not reached within five years;
/// `runs_out`: it is; `low`: the disk is below it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StorageOutlook)]
pub enum OutlookWord {
    Unknown,
    Enough,
    RunsOut,
    Low,
}

impl From<storage::Outlook> for OutlookWord {
    fn from(outlook: storage::Outlook) -> Self {
        match outlook {
            storage::Outlook::Unknown => Self::Unknown,
            storage::Outlook::Enough => Self::Enough,
            storage::Outlook::RunsOut => Self::RunsOut,
            storage::Outlook::Low => Self::Low,
        }
    }
}

/// In use at a time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StorageSize)]
pub struct Size {
    pub at: Time,
    pub journal_bytes: i64,
    pub books_bytes: i64,
    pub logs_bytes: i64,
}

/// What is kept for how long, what was removed, and how long the disk lasts.
#[utoipa::path(
    get, path = "/api/v1/storage", operation_id = "getStorage", tag = "operations",
    responses((status = 200, description = "Storage as it is", body = Report))
)]
pub async fn show(State(hub): State<Hub>, asked: Asked) -> Result<Json<Report>, Problem> {
    asked.done()?;
    Ok(Json(blocking(&hub, report).await?))
}

fn report(hub: &Hub) -> Result<Report, StoreError> {
    let storage = Storage::look(hub, HISTORY)?;
    let forecast = storage.forecast;
    Ok(Report {
        classes: DataClass::ALL.map(|class| class_of(hub, &storage, class)).into(),
        files: vec![
            file_of(hub, JOURNAL, storage.journal),
            file_of(hub, BOOKS, storage.books),
            StorageFile {
                name: LOGS,
                bytes: storage.logs.stored_bytes,
                used_bytes: storage.logs.stored_bytes,
                log_bytes: 0,
            },
        ],
        disk: Disk { free_bytes: storage.disk_free_bytes, low_water_bytes: storage.disk_low_bytes },
        forecast: StorageForecast {
            outlook: storage.outlook().into(),
            sentence: storage.sentence(hub),
            written_per_day_bytes: forecast.map(|forecast| forecast.written_per_day),
            levels_off_at: time(forecast.and_then(|forecast| forecast.levels_off_at)),
            levels_off_bytes: forecast.and_then(|forecast| forecast.levels_off_bytes),
            full_at: time(forecast.and_then(|forecast| forecast.full_at)),
        },
        history: daily(&storage),
    })
}

fn class_of(hub: &Hub, storage: &Storage, class: DataClass) -> StorageClass {
    let keep = hub.config().retention;
    let (file, age, size_bytes) = match class {
        DataClass::Bodies => (JOURNAL, keep.bodies, keep.bodies_size),
        DataClass::Events => (BOOKS, keep.events, keep.records_size),
        DataClass::Builds => (BOOKS, keep.builds, keep.records_size),
        DataClass::Logs => (LOGS, keep.logs, keep.logs_size),
        DataClass::Aggregates => (BOOKS, keep.aggregates, None),
    };
    let row = storage.classes.iter().find(|row| row.class == class);
    StorageClass {
        class: class.as_str(),
        file,
        age_ms: age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        size_bytes,
        oldest_at: time(storage.oldest_at(class)),
        held: row.map_or(0, |row| row.held),
        removed: row.map_or(0, |row| row.removed),
        reclaimed_bytes: row.map_or(0, |row| row.reclaimed_bytes),
        last_run_at: time(row.and_then(|row| row.last_run_at)),
    }
}

fn file_of(hub: &Hub, name: &'static str, space: Space) -> StorageFile {
    StorageFile {
        name,
        bytes: space.bytes(),
        used_bytes: space.used_bytes(),
        log_bytes: file_bytes(&hub.config().data, &log_of(name)),
    }
}

/// The last size of each day.
fn daily(storage: &Storage) -> Vec<Size> {
    const MILLIS_PER_DAY: i64 = 24 * Timestamp::MILLIS_PER_HOUR;
    let days: BTreeMap<i64, _> = storage
        .past
        .iter()
        .map(|sample| (sample.at.0.div_euclid(MILLIS_PER_DAY), sample))
        .collect();
    days.into_values()
        .map(|sample| Size {
            at: sample.at.into(),
            journal_bytes: sample.journal.used_bytes,
            books_bytes: sample.books.used_bytes,
            logs_bytes: sample.logs.used_bytes,
        })
        .collect()
}
