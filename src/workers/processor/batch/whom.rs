//! Whom readings concern: sources, builds and subjects by what they are called.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use uuid::Uuid;

use super::super::Read;
use super::{Batch, MetSource, OpenBuild, OpenSubject};
use crate::model::{BuildFold, Provider, SourceRef, SubjectRef, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::merge::Stale;
use crate::store::sqlite::books::records::{NewBuild, OpenedBuild, distinct};

impl Batch<'_> {
    /// The source of these words. What is new about them may join sources, or part what was taken
    /// for one.
    pub(super) fn source(
        &mut self,
        read: &Read,
        words: &SourceRef,
        said_at: Option<Timestamp>,
    ) -> Result<i64, StoreError> {
        self.ledger.hint_source(read.entry.id, words)?;
        if let Some(met) = self.sources.get_mut(words) {
            met.said_at = met.said_at.max(said_at);
            return Ok(met.id);
        }
        let id = match self.ledger.known_source(words)? {
            Some(known) => known,
            None => {
                // Records change hands: the books must hold what is in memory, and what was
                // remembered of them no longer counts.
                self.write_out()?;
                self.sources.clear();
                self.pipelines.clear();
                self.projects.clear();
                // Rows of sources that were joined are given out again.
                self.used_keys.clear();
                let (source, stale) = self.ledger.learn_source(words, read.entry.received_at)?;
                self.stale_builds.extend(stale.builds);
                self.stale_subjects.extend(stale.subjects);
                source
            }
        };
        self.sources.insert(words.clone(), MetSource { id, said_at });
        Ok(id)
    }

    /// The source where the build of these keys lives. An id that a client made for its build is given once in the
    /// world: what is told under it is told of one build, wherever its client says that is from one time to the
    /// next. Of two places the better known one is right, whichever was told first.
    pub(super) fn home(
        &mut self,
        source: i64,
        keys: &[(String, String)],
    ) -> Result<i64, StoreError> {
        let is_given_once =
            |key: &&(String, String)| key.0 == "client" && Uuid::try_parse(&key.1).is_ok();
        let Some(given) = keys.iter().find(is_given_once) else { return Ok(source) };
        let Some(build) = self.ledger.build_of_name(&given.1)? else { return Ok(source) };
        let held = match self.builds.get(&build) {
            Some(open) => Some(open.source),
            None => self.ledger.find_build(build)?.map(|(source, _)| source),
        };
        let Some(held) = held.filter(|held| *held != source) else { return Ok(source) };
        let lives_on = self.ledger.is_better_known(held, source)?;
        if !lives_on {
            self.write_out()?;
            let mut stale = Stale::default();
            self.ledger.move_build(build, source, &mut stale)?;
            // Its pipeline is one of the other source now.
            self.stale_builds.extend(stale.builds.into_iter().chain([build]));
            self.stale_subjects.extend(stale.subjects);
        }
        let home = if lives_on { held } else { source };
        if self.ledger.builds_by_keys(home, std::slice::from_ref(given))? == [None] {
            // It is called so by an address, or in the words of its CI.
            self.ledger.add_build_keys(home, [given], build)?;
        }
        Ok(home)
    }

    /// The build of these keys; two builds that turn out to be one are merged.
    pub(super) fn build(
        &mut self,
        source: i64,
        provider: Provider,
        keys: &[(String, String)],
        received_at: Timestamp,
    ) -> Result<i64, StoreError> {
        let known = self.ledger.builds_by_keys(source, keys)?;
        let found = distinct(&known);
        let Some((build, losers)) = found.split_first() else {
            return self.new_build(source, provider, keys, received_at);
        };
        let (build, merged) = (*build, !losers.is_empty());
        if merged {
            self.write_out()?;
            for loser in losers {
                self.ledger.merge_builds(build, *loser)?;
                self.stale_builds.remove(loser);
            }
            self.stale_builds.insert(build);
        }
        let is_new = |(key, known): (_, &Option<i64>)| known.is_none().then_some(key);
        let unknown: Vec<_> = keys.iter().zip(&known).filter_map(is_new).collect();
        if merged || !unknown.is_empty() {
            // The public id may have to change, and for that the row must be there.
            if let Some(open) = self.builds.remove(&build) {
                self.write_builds(vec![(build, open)])?;
            }
            self.ledger.add_build_keys(source, unknown, build)?;
            self.ledger.settle_public_id(build, source)?;
        }
        let open = self.open_build(build)?;
        open.source = source;
        open.received_at = open.received_at.min(received_at);
        Ok(build)
    }

    /// A build that nobody told of before. Its row follows when the batch is written.
    fn new_build(
        &mut self,
        source: i64,
        provider: Provider,
        keys: &[(String, String)],
        received_at: Timestamp,
    ) -> Result<i64, StoreError> {
        let build = match self.next_build {
            Some(next) => next,
            None => self.ledger.next_build()?,
        };
        self.next_build = Some(build + 1);
        let public_id = self.ledger.public_id_by_keys(source, keys)?;
        self.ledger.add_build_keys(source, keys, build)?;
        let open = OpenBuild {
            source,
            new: Some(NewBuild { public_id, provider }),
            fold: BuildFold::default(),
            received_at,
            steps: BTreeMap::new(),
        };
        self.builds.insert(build, open);
        Ok(build)
    }

    pub(super) fn open_build(&mut self, build: i64) -> Result<&mut OpenBuild, StoreError> {
        match self.builds.entry(build) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(place) => {
                let OpenedBuild { source, fold, received_at } = self.ledger.open_build(build)?;
                let steps = BTreeMap::new();
                Ok(place.insert(OpenBuild { source, new: None, fold, received_at, steps }))
            }
        }
    }

    pub(super) fn subject(&mut self, source: i64, subject: &SubjectRef) -> Result<i64, StoreError> {
        let id = self.ledger.subject(source, subject)?;
        self.open_subject(id)?;
        Ok(id)
    }

    fn open_subject(&mut self, subject: i64) -> Result<&mut OpenSubject, StoreError> {
        match self.subjects.entry(subject) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(place) => {
                let (fold, last_event_at) = self.ledger.open_subject(subject)?;
                Ok(place.insert(OpenSubject { fold, last_event_at }))
            }
        }
    }

    /// An event told of the subject, whatever else it was about.
    pub(super) fn touch_subject(
        &mut self,
        subject: i64,
        at: Timestamp,
    ) -> Result<&mut OpenSubject, StoreError> {
        let open = self.open_subject(subject)?;
        open.last_event_at = open.last_event_at.max(at);
        Ok(open)
    }
}
