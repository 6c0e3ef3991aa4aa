//! Sample data: two weeks of two make-believe organisations, to be looked at and taken away again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::feed;
use crate::hub::Hub;
use crate::keys::{Key, KeyLimits, KeyRequest, Scope, Scopes};
use crate::live::Change;
use crate::model::{Action, By, Deed, EntryId, KeyId, Timestamp};
use crate::simulator::world::{World, identities};
use crate::store::StoreError;
use crate::store::sqlite::books::sample::{is_known, newest_sample};
use crate::store::sqlite::books::{ENTRIES, position};

use super::query::Asked;
use super::{blocking, read_books};

/// The sample is the same for everybody but for its dates.
const SEED: u64 = 1;

/// How far a load of this process has come.
#[derive(Debug, Clone, Default)]
pub struct Loading(Arc<Load>);

#[derive(Debug, Default)]
struct Load {
    /// Hooks are being stored.
    is_on: AtomicBool,
    /// The last of them.
    last: AtomicI64,
}

/// Switched off when the load ends, however it ends.
struct OneLoad(Loading);

impl Drop for OneLoad {
    fn drop(&mut self) {
        self.0.0.is_on.store(false, Ordering::Release);
    }
}

impl Loading {
    /// `None`: another load is on.
    fn begin(&self) -> Option<OneLoad> {
        let was_on = self.0.is_on.swap(true, Ordering::AcqRel);
        (!was_on).then(|| OneLoad(self.clone()))
    }
}

/// How far the sample data is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sample {
    pub state: SampleState,
    /// Builds and events of its sources that are here now.
    pub builds: i64,
    pub events: i64,
}

/// `loading`: hooks are being stored or read; `removing`: they are being forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleState {
    Absent,
    Loading,
    Present,
    Removing,
}

impl Sample {
    fn look(hub: &Hub, loading: &Loading) -> Result<(Self, Option<KeyId>), StoreError> {
        let (row, reached) = hub
            .books()
            .read(|books| Ok((newest_sample(books)?, EntryId(position(books, ENTRIES)?))))?;
        let is_loading = loading.0.is_on.load(Ordering::Acquire)
            || reached.0 < loading.0.last.load(Ordering::Acquire);
        let state = match row {
            _ if is_loading => SampleState::Loading,
            None => SampleState::Absent,
            Some(row) if !row.is_removed => SampleState::Present,
            Some(row) if row.sources > 0 => SampleState::Removing,
            Some(_) => SampleState::Absent,
        };
        let sample = Self {
            state,
            builds: row.map_or(0, |row| row.builds),
            events: row.map_or(0, |row| row.events),
        };
        Ok((sample, row.map(|row| row.key)))
    }
}

/// How far the sample data is.
#[utoipa::path(
    get, path = "/api/v1/sample", operation_id = "getSample", tag = "sample",
    responses((status = 200, description = "How far it is", body = Sample))
)]
pub async fn show(
    State(hub): State<Hub>,
    Extension(loading): Extension<Loading>,
    asked: Asked,
) -> Result<Json<Sample>, Problem> {
    asked.done()?;
    let (sample, _) = blocking(&hub, move |hub| Sample::look(hub, &loading)).await?;
    Ok(Json(sample))
}

/// Load the sample data: builds, pull requests, work items and releases of the last two weeks.
/// Answers at once.
#[utoipa::path(
    post, path = "/api/v1/sample", operation_id = "loadSample", tag = "sample",
    responses((status = 202, description = "It is being loaded", body = Sample),
              (status = 409, description = "It is here already, or a real source has the name of one of its organisations", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn load(
    State(hub): State<Hub>,
    Extension(loading): Extension<Loading>,
    by: By,
    asked: Asked,
) -> Result<(StatusCode, Json<Sample>), Problem> {
    asked.done()?;
    let conflict = |detail: &str| Problem::new(Code::Conflict, detail);
    let one_load = loading.begin().ok_or_else(|| conflict("it is being loaded"))?;
    let newest = read_books(&hub, newest_sample).await?;
    if newest.is_some_and(|row| !row.is_removed || row.sources > 0) {
        return Err(conflict("the sample data is here already, or is being removed"));
    }
    let known = identities();
    let is_taken =
        read_books(&hub, move |books| is_known(books, &[&known.collection, &known.slug]));
    if is_taken.await? {
        return Err(conflict(
            "a source called contoso or acme is here already; the sample data would mix with it",
        ));
    }
    let now = Timestamp::now();
    let key = blocking(&hub, move |hub| make_key(hub, &by)).await?;
    let task = hub.clone();
    tokio::spawn(async move {
        let history = feed::made_ahead(move || World::history(SEED, now));
        if let Err(error) = feed::take_in_all(&task, &key, history).await {
            tracing::error!(%error, "The sample data could not be stored whole");
        }
        one_load.0.0.last.store(task.journal().last().0, Ordering::Release);
        drop(one_load);
    });
    Ok((StatusCode::ACCEPTED, Json(Sample { state: SampleState::Loading, builds: 0, events: 0 })))
}

/// The key by which the sample's entries are known. Nobody is told its secret.
fn make_key(hub: &Hub, by: &By) -> Result<Key, Problem> {
    let request = KeyRequest {
        name: "sample data".to_owned(),
        scopes: Scopes::of(&[Scope::Ingest]),
        signing: false,
        limits: KeyLimits::default(),
        value: None,
    };
    let made = hub.keys().create(&request, by)?;
    hub.books().write(|ledger| {
        ledger.audit(by, &Deed::of(Action::SampleLoaded))?;
        ledger.insert_sample(made.key.id, by.at)
    })?;
    hub.bell().ring(made.commit, vec![Change::key(made.key.id)]);
    Ok(made.key)
}

/// Remove the sample data with all that follows from it. What real senders told stays. Answers at
/// once.
#[utoipa::path(
    delete, path = "/api/v1/sample", operation_id = "removeSample", tag = "sample",
    responses((status = 202, description = "It is being removed", body = Sample),
              (status = 409, description = "It is not here, or is still being loaded", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn remove(
    State(hub): State<Hub>,
    Extension(loading): Extension<Loading>,
    by: By,
    asked: Asked,
) -> Result<(StatusCode, Json<Sample>), Problem> {
    asked.done()?;
    let (sample, key) = blocking(&hub, move |hub| Sample::look(hub, &loading)).await?;
    let (SampleState::Present, Some(key)) = (sample.state, key) else {
        let detail = match sample.state {
            SampleState::Loading => "the sample data is still being loaded; remove it then",
            _ => "there is no sample data to remove",
        };
        return Err(Problem::new(Code::Conflict, detail));
    };
    blocking(&hub, move |hub| remove_now(hub, key, &by)).await?;
    hub.nudge();
    let sample = Sample { state: SampleState::Removing, ..sample };
    Ok((StatusCode::ACCEPTED, Json(sample)))
}

fn remove_now(hub: &Hub, key: KeyId, by: &By) -> Result<(), Problem> {
    hub.books().write(|ledger| {
        ledger.audit(by, &Deed::of(Action::SampleRemoved))?;
        ledger.remove_sample(key, by.at)
    })?;
    if let Some(commit) = hub.keys().revoke(key, by)? {
        hub.bell().ring(commit, vec![Change::key(key)]);
    }
    Ok(())
}
