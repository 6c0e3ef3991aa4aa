//! A set of results on its way from a provider into the books, kept while the provider has to be left
//! alone or is not well: it goes on where it was.

use serde_json::Value;

use crate::hub::Hub;
use crate::reports::TestCase;
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::NewSet;
use crate::workers::filer::Filling;

#[derive(Debug)]
pub struct Going {
    hub: Hub,
    /// Which set, and how what is asked for stood when it was begun.
    pub key: String,
    pub mark: String,
    /// `None` only while it is written to.
    filling: Option<Filling>,
    /// Where it goes on: so many results or files have been taken.
    pub next: usize,
    pub files: Vec<Value>,
    /// Something of it could not be had: it is asked for again.
    pub is_short: bool,
}

impl Going {
    pub async fn begin(
        hub: &Hub,
        build: i64,
        set: NewSet,
        key: String,
        mark: String,
    ) -> Result<Self, StoreError> {
        let filling = hub.blocking(move |hub| Filling::begin(hub, build, &set)).await?;
        let hub = hub.clone();
        Ok(Self {
            hub,
            key,
            mark,
            filling: Some(filling),
            next: 0,
            files: Vec::new(),
            is_short: false,
        })
    }

    /// Put results into it. Returns whether it takes no more.
    pub async fn take(self, cases: Vec<TestCase>) -> Result<(Self, bool), StoreError> {
        self.with(move |filling| {
            for case in cases {
                if filling.take(case).is_break() {
                    break;
                }
            }
            filling.is_over()
        })
        .await
    }

    /// Write to it, where writing may block.
    pub async fn with<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&mut Filling) -> T + Send + 'static,
    ) -> Result<(Self, T), StoreError> {
        let hub = self.hub.clone();
        hub.blocking(move |_| {
            let filling = self.filling.as_mut();
            let done = work(filling.expect("only dropping and finishing take it"));
            Ok((self, done))
        })
        .await
    }

    pub fn total(&self) -> u64 {
        self.filling.as_ref().map_or(0, |filling| filling.totals().total)
    }

    /// Let it count.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        let hub = self.hub.clone();
        hub.blocking(move |hub| {
            let Some(filling) = self.filling.take() else { return Ok(()) };
            let mark = if self.is_short { String::new() } else { std::mem::take(&mut self.mark) };
            filling.finish(&self.files, mark)?.count(hub, |_| Ok(()))
        })
        .await
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let Some(filling) = self.filling.take() else { return };
        // Letting go of a set writes to the books, for which nobody here waits.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn_blocking(move || drop(filling)));
        }
    }
}
