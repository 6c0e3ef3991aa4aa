//! Which source a delivery belongs to: a function of all words that were ever heard together,
//! whatever came first.
//!
//! The strongest word of a delivery leads it: the GUID of a collection, else that of an account,
//! else a name. A collection is a source. An account stands for the collection that it was heard
//! with, a name for the collection or account that it was heard with. A word that was heard with
//! two of them stands for neither, since nobody can tell which is meant: what comes with nothing
//! stronger is a source of its own.
//!
//! A new combination of words can so join two sources, or part what was taken for one. Joined ones
//! take over everything; of parted ones the entries that came with the weak word are read again.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::merge::Stale;
use crate::model::{Provider, Said, SourceKey, SourceRef, SourceScheme, Timestamp};
use crate::store::StoreError;

/// What is kept of a word.
struct Word {
    /// The source it stands for.
    source: Option<i64>,
    leads: bool,
}

impl Ledger<'_> {
    /// The source of a delivery whose words were all heard together before.
    pub fn known_source(&self, source: &SourceRef) -> Result<Option<i64>, StoreError> {
        let provider = source.provider;
        let words = source.words();
        let Some((strongest, weaker)) = words.split_first() else { return Ok(None) };
        for word in weaker {
            if !self.is_linked(provider, word, strongest)? {
                return Ok(None);
            }
        }
        let known = self.word(provider, strongest)?;
        Ok(known.filter(|word| word.leads).and_then(|word| word.source))
    }

    /// Learn that these words were heard together; tells the source, and which records must be
    /// folded anew because sources were joined.
    pub fn learn_source(
        &self,
        source: &SourceRef,
        received_at: Timestamp,
    ) -> Result<(i64, Stale), StoreError> {
        let provider = source.provider;
        let mut touched = source.words();
        let (strongest, weaker) =
            touched.split_first().ok_or_else(|| damaged("a source without words"))?;
        let strongest = strongest.clone();
        self.hear_word(provider, &strongest, true)?;
        for word in weaker {
            self.hear_word(provider, word, false)?;
            self.link(provider, word, &strongest)?;
        }
        // A name stands for what its account stands for.
        for account in touched.clone().iter().filter(|it| it.scheme == SourceScheme::Account) {
            touched.extend(self.linked_to(provider, account)?);
        }
        // In the order of strength: what a word stands for may hang on a stronger one.
        touched.sort();
        touched.dedup();
        let mut stale = Stale::default();
        for word in &touched {
            self.settle_word(provider, word, &touched, received_at, &mut stale)?;
        }
        let known = self.word(provider, &strongest)?.and_then(|word| word.source);
        let id = known.ok_or_else(|| damaged("a word that leads stands for no source"))?;
        Ok((id, stale))
    }

    /// Remember what a delivery calls its source and its address.
    pub fn describe_source(
        &self,
        source: &SourceRef,
        said_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        if source.name.is_none() && source.base_url.is_none() {
            return Ok(());
        }
        let words = source.words();
        let Some(word) = words.first() else { return Ok(()) };
        let (provider, scheme) = (source.provider.as_str(), word.scheme.as_str());
        let said = |value: Option<String>, at: Option<i64>| {
            value.map(|value| Said { weight: 0, at: at.unwrap_or(i64::MIN), value })
        };
        let (id, mut name, mut base_url, shown): (i64, _, _, (Option<String>, Option<String>)) =
            self.transaction
                .prepare_cached(
                    "select s.id, w.name, w.name_at, w.base_url, w.base_url_at, s.name, s.base_url
                       from source_word w
                       join source s on s.id = w.source
                      where w.provider = ?1 and w.scheme = ?2 and w.key = ?3",
                )?
                .query_row(params![provider, scheme, word.key], |row| {
                    Ok((
                        row.get(0)?,
                        said(row.get(1)?, row.get(2)?),
                        said(row.get(3)?, row.get(4)?),
                        (row.get(5)?, row.get(6)?),
                    ))
                })?;
        let renamed = Said::hear(&mut name, 0, said_at, source.name.clone());
        let moved = Said::hear(&mut base_url, 0, said_at, source.base_url.clone());
        if !renamed && !moved {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "update source_word
                    set name = ?4, name_at = ?5, base_url = ?6, base_url_at = ?7
                  where provider = ?1 and scheme = ?2 and key = ?3",
            )?
            .execute(params![
                provider,
                scheme,
                word.key,
                name.as_ref().map(|said| &said.value),
                name.as_ref().map(|said| said.at),
                base_url.as_ref().map(|said| &said.value),
                base_url.as_ref().map(|said| said.at),
            ])?;
        let is_shown =
            name.map(|said| said.value) == shown.0 && base_url.map(|said| said.value) == shown.1;
        if is_shown { Ok(()) } else { self.name_source(id) }
    }

    /// Remember that an entry came with a word that may come to stand for another source.
    pub fn hint_source(
        &self,
        entry: crate::model::EntryId,
        source: &SourceRef,
    ) -> Result<(), StoreError> {
        // Only Azure DevOps has words of several strengths.
        if source.provider != Provider::AzureDevops {
            return Ok(());
        }
        let words = source.words();
        let Some(word) = words.first() else { return Ok(()) };
        if word.scheme == SourceScheme::Collection || word.key.is_empty() {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into source_hint (entry, provider, scheme, key)
                 values (?1, ?2, ?3, ?4)
                 on conflict (entry) do update
                    set provider = excluded.provider, scheme = excluded.scheme,
                        key = excluded.key",
            )?
            .execute(params![entry.0, source.provider.as_str(), word.scheme.as_str(), word.key])?;
        Ok(())
    }

    /// The word that a source is known by.
    pub(super) fn identity_of(&self, source: i64) -> Result<(Provider, SourceKey), StoreError> {
        let (provider, scheme, key): (String, String, String) = self
            .transaction
            .prepare_cached("select provider, scheme, key from source where id = ?1")?
            .query_row([source], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let provider = Provider::parse(&provider).ok_or_else(|| damaged(&provider))?;
        let scheme = SourceScheme::parse(&scheme).ok_or_else(|| damaged(&scheme))?;
        Ok((provider, SourceKey { scheme, key }))
    }

    /// Whether `one` says more of whose a build is than `other`, where a client told of both: its CI, and
    /// which of that CI's servers or organisations. Of equals it is always the same one.
    pub fn is_better_known(&self, one: i64, other: i64) -> Result<bool, StoreError> {
        let rank = |source| {
            let (provider, SourceKey { scheme, key }) = self.identity_of(source)?;
            let word = provider.as_str();
            // What clients are filed under that do not say where they run.
            let is_nowhere = key == word || key == "reporters";
            Ok::<_, StoreError>((provider == Provider::Reporter, is_nowhere, word, scheme, key))
        };
        Ok(rank(one)? < rank(other)?)
    }

    /// Let a source be called what the latest of its deliveries called it.
    pub(super) fn name_source(&self, source: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update source
                    set name = (select name
                                  from source_word
                                 where source = ?1 and name is not null
                                 order by name_at desc, name desc
                                 limit 1),
                        base_url = (select base_url
                                      from source_word
                                     where source = ?1 and base_url is not null
                                     order by base_url_at desc, base_url desc
                                     limit 1)
                  where id = ?1",
            )?
            .execute([source])?;
        Ok(())
    }

    // ---------------------------------------------------------------- what words stand for

    /// The word that is the identity of the source that `word` stands for.
    fn identity(&self, provider: Provider, word: &SourceKey) -> Result<SourceKey, StoreError> {
        let mut stands_for = Vec::new();
        for stronger in self.links_of(provider, word)? {
            let one = self.identity(provider, &stronger)?;
            if !stands_for.contains(&one) {
                stands_for.push(one);
            }
        }
        Ok(match stands_for.as_slice() {
            [one] => one.clone(),
            _ => word.clone(),
        })
    }

    /// Bring a word to the source it stands for by now.
    fn settle_word(
        &self,
        provider: Provider,
        word: &SourceKey,
        touched: &[SourceKey],
        received_at: Timestamp,
        stale: &mut Stale,
    ) -> Result<(), StoreError> {
        let Some(held) = self.word(provider, word)? else { return Ok(()) };
        let identity = self.identity(provider, word)?;
        let has_own = match held.source {
            Some(source) => self.identity_of(source)?.1 == *word,
            None => false,
        };
        if identity == *word {
            if has_own {
                return Ok(());
            }
            let own = match held.leads {
                true => Some(self.source_for(provider, word, touched, received_at)?),
                false => None,
            };
            self.stand_for(provider, word, own)?;
            if let Some(before) = held.source {
                self.release(provider, word, before)?;
            }
            return Ok(());
        }
        let to = self.word(provider, &identity)?.and_then(|word| word.source);
        let to = to.ok_or_else(|| damaged("a word stands for a source that is not there"))?;
        match held.source {
            Some(source) if source == to => {}
            Some(source) if has_own => self.merge_sources(to, source, stale)?,
            Some(before) => {
                self.stand_for(provider, word, Some(to))?;
                self.release(provider, word, before)?;
            }
            None => self.stand_for(provider, word, Some(to))?,
        }
        Ok(())
    }

    /// A source whose identity is this word. Where a weaker word's own source turns out to be it,
    /// that one goes on under the stronger word: then nothing has to be moved.
    fn source_for(
        &self,
        provider: Provider,
        word: &SourceKey,
        touched: &[SourceKey],
        received_at: Timestamp,
    ) -> Result<i64, StoreError> {
        for weaker in touched.iter().filter(|weaker| weaker.scheme > word.scheme) {
            let source = self.word(provider, weaker)?.and_then(|word| word.source);
            if let Some(source) = source
                && self.identity_of(source)?.1 == *weaker
                && self.identity(provider, weaker)? == *word
            {
                self.rename_source(source, word)?;
                return Ok(source);
            }
        }
        self.transaction
            .prepare_cached(
                "insert into source (provider, scheme, key, first_seen_at, last_event_at)
                 values (?1, ?2, ?3, ?4, ?4)",
            )?
            .execute(params![provider.as_str(), word.scheme.as_str(), word.key, received_at.0])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Give a source a stronger identity; all public ids in it follow.
    fn rename_source(&self, source: i64, word: &SourceKey) -> Result<(), StoreError> {
        tracing::info!(source, scheme = word.scheme.as_str(), "A source is known by a better word");
        self.transaction
            .prepare_cached("update source set scheme = ?2, key = ?3 where id = ?1")?
            .execute(params![source, word.scheme.as_str(), word.key])?;
        for build in self.column("select id from build where source = ?1", source)? {
            self.settle_public_id(build, source)?;
        }
        for subject in self.column("select id from subject where source = ?1", source)? {
            self.settle_public_key(subject)?;
        }
        self.settle_test_ids(source)?;
        Ok(())
    }

    /// A word no longer stands for `before`: what came with it is read again, and so is what was
    /// taken for an echo of that.
    fn release(&self, provider: Provider, word: &SourceKey, before: i64) -> Result<(), StoreError> {
        tracing::info!(source = before, "A word turned out to stand for another source");
        const HINTED: &str =
            "select entry from source_hint where provider = ?1 and scheme = ?2 and key = ?3";
        for sql in [
            format!(
                "insert into replay (entry, queued_at)
                 select entry, 0
                   from event
                  where entry in ({HINTED})
                     or echo_of in ({HINTED})
                 on conflict (entry) do nothing"
            ),
            format!("delete from happening where entry in ({HINTED})"),
        ] {
            self.transaction.prepare_cached(&sql)?.execute(params![
                provider.as_str(),
                word.scheme.as_str(),
                word.key
            ])?;
        }
        self.name_source(before)
    }

    // ---------------------------------------------------------------- rows

    fn word(&self, provider: Provider, word: &SourceKey) -> Result<Option<Word>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "select source, leads
                   from source_word
                  where provider = ?1 and scheme = ?2 and key = ?3",
            )?
            .query_row(params![provider.as_str(), word.scheme.as_str(), word.key], |row| {
                Ok(Word { source: row.get(0)?, leads: row.get(1)? })
            })
            .optional()?)
    }

    fn hear_word(
        &self,
        provider: Provider,
        word: &SourceKey,
        leads: bool,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "insert into source_word (provider, scheme, key, leads)
                 values (?1, ?2, ?3, ?4)
                 on conflict (provider, scheme, key) do update
                    set leads = max(leads, excluded.leads)",
            )?
            .execute(params![provider.as_str(), word.scheme.as_str(), word.key, leads])?;
        Ok(())
    }

    fn stand_for(
        &self,
        provider: Provider,
        word: &SourceKey,
        source: Option<i64>,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "update source_word
                    set source = ?4
                  where provider = ?1 and scheme = ?2 and key = ?3",
            )?
            .execute(params![provider.as_str(), word.scheme.as_str(), word.key, source])?;
        match source {
            Some(source) => self.name_source(source),
            None => Ok(()),
        }
    }

    fn link(&self, provider: Provider, word: &SourceKey, to: &SourceKey) -> Result<(), StoreError> {
        // Two words of one strength are two sources, whoever names them together.
        if word.scheme == to.scheme {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "insert into source_link (provider, scheme, key, to_scheme, to_key)
                 values (?1, ?2, ?3, ?4, ?5)
                 on conflict do nothing",
            )?
            .execute(params![
                provider.as_str(),
                word.scheme.as_str(),
                word.key,
                to.scheme.as_str(),
                to.key
            ])?;
        Ok(())
    }

    fn is_linked(
        &self,
        provider: Provider,
        word: &SourceKey,
        to: &SourceKey,
    ) -> Result<bool, StoreError> {
        if word.scheme == to.scheme {
            return Ok(true);
        }
        Ok(self
            .transaction
            .prepare_cached(
                "select 1
                   from source_link
                  where provider = ?1 and scheme = ?2 and key = ?3
                    and to_scheme = ?4 and to_key = ?5",
            )?
            .exists(params![
                provider.as_str(),
                word.scheme.as_str(),
                word.key,
                to.scheme.as_str(),
                to.key
            ])?)
    }

    /// The stronger words that a word was heard with.
    fn links_of(&self, provider: Provider, word: &SourceKey) -> Result<Vec<SourceKey>, StoreError> {
        self.words_where(
            "select to_scheme, to_key
               from source_link
              where provider = ?1 and scheme = ?2 and key = ?3",
            provider,
            word,
        )
    }

    /// The weaker words that a word was heard with.
    fn linked_to(
        &self,
        provider: Provider,
        word: &SourceKey,
    ) -> Result<Vec<SourceKey>, StoreError> {
        self.words_where(
            "select scheme, key
               from source_link
              where provider = ?1 and to_scheme = ?2 and to_key = ?3",
            provider,
            word,
        )
    }

    fn words_where(
        &self,
        sql: &str,
        provider: Provider,
        word: &SourceKey,
    ) -> Result<Vec<SourceKey>, StoreError> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows =
            statement.query(params![provider.as_str(), word.scheme.as_str(), word.key])?;
        let mut words = Vec::new();
        while let Some(row) = rows.next()? {
            let scheme: String = row.get(0)?;
            let scheme = SourceScheme::parse(&scheme).ok_or_else(|| damaged(&scheme))?;
            words.push(SourceKey { scheme, key: row.get(1)? });
        }
        Ok(words)
    }
}

fn damaged(what: &str) -> StoreError {
    StoreError::Row { table: "source_word", what: what.to_owned() }
}
