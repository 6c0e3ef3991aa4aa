//! Tests by what they are called.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::model::{Identity, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::Ledger;

/// How exact it is known when a test ran last: a row is written once a day and not with every build.
pub(super) const LAST_AT_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

/// What makes a test the same test within its pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseKey<'a> {
    pub suite: Option<&'a str>,
    pub class: Option<&'a str>,
    pub name: &'a str,
    /// An axis of a matrix.
    pub variant: Option<&'a str>,
}

impl CaseKey<'_> {
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        // What is not told and what is told as nothing are the same.
        let bytes = |text: Option<&str>| text.unwrap_or_default().to_owned().into_bytes();
        let parts =
            [bytes(self.suite), bytes(self.class), bytes(Some(self.name)), bytes(self.variant)];
        Identity::digest(&parts.each_ref().map(Vec::as_slice))
    }
}

/// The identity of a pipeline, of which the addresses of its tests are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub pipeline: i64,
    /// Provider, kind of word and word of the source, and the pipeline's key in it.
    words: [String; 4],
}

impl Scope {
    /// The address of a test: the same on every installation.
    fn public_id(&self, digest: &[u8; 16]) -> String {
        const NAMESPACE: Uuid = Uuid::from_u128(0x6372_6565_6c5f_4b74_8573_745f_6361_7365);
        let name = format!("{}\u{1f}{}", self.words.join("\u{1f}"), hex::encode(digest));
        Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
    }
}

impl Ledger<'_> {
    /// Whose tests those of a build are.
    pub fn scope_of_build(&self, build: i64) -> Result<Scope, StoreError> {
        let (source, pipeline, key): (i64, Option<i64>, Option<String>) = self
            .transaction
            .prepare_cached(
                "select b.source, b.pipeline, p.key
                   from build b
                   left join pipeline p on p.id = b.pipeline
                  where b.id = ?1",
            )?
            .query_row([build], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        self.scope(source, pipeline.unwrap_or(0), key.unwrap_or_default())
    }

    fn scope(&self, source: i64, pipeline: i64, key: String) -> Result<Scope, StoreError> {
        let (provider, word) = self.identity_of(source)?;
        let scheme = word.scheme.as_str().to_owned();
        Ok(Scope { pipeline, words: [provider.as_str().to_owned(), scheme, word.key, key] })
    }

    /// The row of a test, made with its first run.
    pub fn test_case(
        &self,
        scope: &Scope,
        key: &CaseKey<'_>,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        let digest = key.digest();
        let found: Option<(i64, i64, i64)> = self
            .transaction
            .prepare_cached(
                "select id, first_at, last_at from test_case where pipeline = ?1 and digest = ?2",
            )?
            .query_row(params![scope.pipeline, digest], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        if let Some((id, first_at, last_at)) = found {
            if at.0 < first_at || at.0 >= last_at + LAST_AT_MS {
                self.transaction
                    .prepare_cached(
                        "update test_case
                            set first_at = min(first_at, ?2), last_at = max(last_at, ?2)
                          where id = ?1",
                    )?
                    .execute(params![id, at.0])?;
            }
            return Ok(id);
        }
        self.transaction
            .prepare_cached(
                "insert into test_case (pipeline, digest, public_id, suite, class, name, variant,
                        first_at, last_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            )?
            .execute(params![
                scope.pipeline,
                digest,
                scope.public_id(&digest),
                key.suite,
                key.class,
                key.name,
                key.variant,
                at.0
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// The results of a build are of tests of its pipeline, also when that becomes known, or another,
    /// after they were filed.
    pub(in crate::store::sqlite::books) fn rehome_tests(
        &self,
        build: i64,
    ) -> Result<(), StoreError> {
        let scope = self.scope_of_build(build)?;
        let mut strangers = self.transaction.prepare_cached(
            "select distinct c.id, c.suite, c.class, c.name, c.variant, c.last_at
               from test_result r
               join test_case c on c.id = r.test_case and c.pipeline <> ?2
              where r.build = ?1",
        )?;
        type Words = (i64, Option<String>, Option<String>, String, Option<String>, i64);
        let strangers: Vec<Words> = strangers
            .query_map([build, scope.pipeline], |row| {
                let words = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                Ok((words.0, words.1, words.2, words.3, words.4, row.get(5)?))
            })?
            .collect::<Result<_, _>>()?;
        for (stranger, suite, class, name, variant, at) in strangers {
            let (suite, class, variant) = (suite.as_deref(), class.as_deref(), variant.as_deref());
            let key = CaseKey { suite, class, name: &name, variant };
            let here = self.test_case(&scope, &key, Timestamp(at))?;
            for sql in [
                "update test_result
                    set test_case = ?3
                  where build = ?1 and status in (0, 1, 2, 3) and test_case = ?2",
                "update test_failure set test_case = ?3 where test_case = ?2 and build = ?1",
            ] {
                self.transaction.prepare_cached(sql)?.execute([build, stranger, here])?;
            }
        }
        Ok(())
    }

    /// Let the addresses of a source's tests follow from what it is known by now.
    pub(in crate::store::sqlite::books) fn settle_test_ids(
        &self,
        source: i64,
    ) -> Result<(), StoreError> {
        let mut pipelines =
            self.transaction.prepare_cached("select id, key from pipeline where source = ?1")?;
        let pipelines: Vec<(i64, String)> = pipelines
            .query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (pipeline, key) in pipelines {
            let scope = self.scope(source, pipeline, key)?;
            let mut cases = self
                .transaction
                .prepare_cached("select id, digest from test_case where pipeline = ?1")?;
            let cases: Vec<(i64, [u8; 16])> = cases
                .query_map([pipeline], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (id, digest) in cases {
                self.transaction
                    .prepare_cached("update test_case set public_id = ?2 where id = ?1")?
                    .execute(params![id, scope.public_id(&digest)])?;
            }
        }
        Ok(())
    }

    /// Give the tests of one source's pipelines to those of the same key of another. Builds still
    /// belong to the source that goes.
    pub(in crate::store::sqlite::books) fn move_tests(
        &self,
        to: i64,
        from: i64,
    ) -> Result<(), StoreError> {
        let mut twins = self.transaction.prepare_cached(
            "select here.id, there.id
               from pipeline p
               join pipeline q on q.source = ?1 and q.key = p.key
               join test_case here on here.pipeline = p.id
               join test_case there on there.pipeline = q.id and there.digest = here.digest
              where p.source = ?2",
        )?;
        let twins: Vec<(i64, i64)> = twins
            .query_map(params![to, from], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (gone, stays) in twins {
            for sql in [
                "update test_result
                    set test_case = ?2
                  where build in (select id from build where source = ?3)
                    and status in (0, 1, 2, 3) and test_case = ?1",
                "update test_failure
                    set test_case = ?2
                  where test_case = ?1
                    and build in (select id from build where source = ?3)",
            ] {
                self.transaction.prepare_cached(sql)?.execute(params![gone, stays, from])?;
            }
            self.move_assessed(gone, stays)?;
            self.transaction
                .prepare_cached("delete from test_case where id = ?1")?
                .execute([gone])?;
        }
        // Both pipelines of a pair are looked at anew, under the one that stays.
        self.transaction
            .prepare_cached(
                "delete from test_status
                  where pipeline in (select id from pipeline where source = ?1)",
            )?
            .execute([from])?;
        self.transaction
            .prepare_cached(
                "delete from test_mark where pipeline in (select id from pipeline where source = ?1)",
            )?
            .execute([from])?;
        self.transaction
            .prepare_cached(
                "update test_case
                    set pipeline = (select q.id
                                      from pipeline p
                                      join pipeline q on q.source = ?1 and q.key = p.key
                                     where p.id = test_case.pipeline)
                  where pipeline in (select id from pipeline where source = ?2)",
            )?
            .execute(params![to, from])?;
        for pipeline in self.column("select id from pipeline where source = ?1", to)? {
            self.mark_pipeline(pipeline)?;
        }
        self.settle_test_ids(to)
    }
}
