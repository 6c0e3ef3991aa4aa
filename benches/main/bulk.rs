//! Fills a data directory faster than HTTP can: millions of entries, millions of builds.
//!
//! Entries go through the store's own writer, so what lies on disk afterwards is what the server
//! would have written; only the way there is shorter. Builds are made of builds: a few hundred that
//! the server has read are copied with other ids, times and pipelines, whatever columns they have.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use creel::journal::{Packer, learn};
use creel::model::Provider;
use creel::providers::Route;
use creel::simulator::Hook;
use creel::simulator::dice::Dice;
use creel::store::sqlite::journal::{PackedEntry, Writer};
use rusqlite::Connection;

use crate::entry::entry;
use crate::host;
use crate::loadgen::Bodies;

/// What a loading took and what it left.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loaded {
    pub entries: u64,
    /// Bodies as they were sent.
    pub body_bytes: u64,
    /// Time in the writer: making and packing hooks is not measured.
    pub writing: Duration,
    /// Handed to the disk meanwhile.
    pub written_bytes: u64,
}

impl Loaded {
    pub fn per_second(&self) -> f64 {
        self.entries as f64 / self.writing.as_secs_f64()
    }
}

/// Entries after which the server looks what bodies have in common.
const LEARNED_AT: i64 = 1_000;

/// A journal that is filled from here.
pub struct Loader {
    path: PathBuf,
    writer: Writer,
    packer: Packer,
    has_learned: bool,
}

impl Loader {
    /// Open the journal of a data directory that no server uses.
    pub fn open(data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data)?;
        let path = data.join("journal.db");
        let mut writer = Writer::open(&path)?;
        let packer = Packer::open(&mut writer)?;
        Ok(Self { path, writer, packer, has_learned: false })
    }

    /// Append `count` hooks in commits of `batch`, each flushed.
    pub fn load(&mut self, bodies: &Bodies, first: u64, count: u64, batch: u64) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        let before = host::written("self")?;
        let mut at = first;
        while at < first + count {
            let end = (at + batch).min(first + count);
            let entries: Vec<PackedEntry> =
                (at..end).map(|index| self.pack(&bodies.hook(index))).collect::<Result<_>>()?;
            loaded.body_bytes += entries.iter().map(|entry| entry.bytes as u64).sum::<u64>();
            let begin = Instant::now();
            self.writer.append(&entries)?;
            loaded.writing += begin.elapsed();
            loaded.entries += end - at;
            at = end;
            self.learn()?;
        }
        loaded.written_bytes = host::written("self")? - before;
        Ok(loaded)
    }

    /// As the server does beside its writer.
    fn learn(&mut self) -> Result<()> {
        if !self.has_learned && self.writer.last().0 >= LEARNED_AT {
            for learned in learn(&self.path, &self.packer, self.writer.last())? {
                self.packer.adopt(learned, &self.writer)?;
            }
            self.has_learned = true;
        }
        Ok(())
    }

    fn pack(&self, hook: &Hook) -> Result<PackedEntry> {
        let route = match hook.provider {
            Provider::Buildkite => Route::Buildkite,
            _ => Route::Azure,
        };
        let target = (":target".to_owned(), hook.path().to_owned());
        let headers = [target].into_iter().chain(hook.headers.iter().cloned()).collect();
        let entry = entry(route, headers, hook.body.clone());
        Ok(self.packer.pack(entry)?)
    }
}

/// Bytes of a database, its log included.
pub fn bytes_of(data: &Path, name: &str) -> u64 {
    [name.to_owned(), format!("{name}-wal")]
        .iter()
        .filter_map(|file| std::fs::metadata(data.join(file)).ok())
        .map(|file| file.len())
        .sum()
}

/// Events the server has read so far.
pub fn events_read(data: &Path) -> Result<u64> {
    let books = Connection::open(data.join("books.db"))?;
    books.busy_timeout(Duration::from_secs(5))?;
    let count: i64 = books.query_row("select count(*) from event", [], |row| row.get(0))?;
    Ok(u64::try_from(count)?)
}

/// Make `builds` builds and `pipelines` pipelines out of those that are there. Most builds go to the
/// first tenth of the pipelines, as in life. Nothing of this has to survive a power cut.
pub fn multiply_builds(data: &Path, builds: u64, pipelines: u64) -> Result<()> {
    let books = Connection::open(data.join("books.db"))?;
    books.execute_batch(
        "pragma synchronous = off;
         pragma foreign_keys = off;
         pragma cache_size = -400000;",
    )?;
    let (first, last) = multiply_pipelines(&books, pipelines)?;
    let samples: i64 = books.query_row("select count(*) from build", [], |row| row.get(0))?;
    let newest: i64 = books.query_row("select max(sort_at) from build", [], |row| row.get(0))?;
    books.execute_batch(
        "create temp table sample as select row_number() over (order by id) - 1 as place, id from build",
    )?;

    // One large sort per index is far cheaper than a search per row.
    let indexes = take_indexes(&books, "build")?;
    let overridden = ["id", "public_id", "external_id", "number", "pipeline", "sort_at"];
    let same = columns_but(&books, "build", &overridden)?;
    let sql = format!(
        "insert into build (public_id, external_id, number, pipeline, sort_at, {same})
         select ?1, ?2, ?3, ?4, ?5, {same}
           from build
          where id = ?6"
    );
    let ids: Vec<i64> = books
        .prepare("select id from sample order by place")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut dice = Dice::seeded(&[19]);
    let busy = u32::try_from((last - first) / 10 + 1)?;
    let all = u32::try_from(last - first + 1)?;
    let mut made = u64::try_from(samples)?;
    while made < builds {
        let end = (made + 500_000).min(builds);
        books.execute_batch("begin")?;
        let mut insert = books.prepare_cached(&sql)?;
        for nth in made..end {
            let bound = if dice.percent(80) { busy } else { all };
            let nth = i64::try_from(nth)?;
            insert.execute(rusqlite::params![
                // Ascending: ten million random ones would be measured in hours.
                format!("00000000-0000-5000-8000-{nth:012x}"),
                nth.to_string(),
                nth,
                first + i64::from(dice.below(bound)),
                newest - nth * 6_000,
                ids[usize::try_from(nth)? % ids.len()],
            ])?;
        }
        drop(insert);
        books.execute_batch("commit")?;
        made = end;
    }
    for index in indexes {
        books.execute_batch(&index)?;
    }
    books.execute_batch("analyze; pragma wal_checkpoint(truncate)")?;
    Ok(())
}

/// Returns the first and the last id of all pipelines.
fn multiply_pipelines(books: &Connection, pipelines: u64) -> Result<(i64, i64)> {
    let same = columns_but(books, "pipeline", &["id", "key", "slug", "name"])?;
    let sql = format!(
        "insert into pipeline (key, slug, name, {same})
         select ?1, ?1, ?1, {same}
           from pipeline
          where id = (select min(id) from pipeline)"
    );
    books.execute_batch("begin")?;
    for nth in 0..pipelines {
        books.prepare_cached(&sql)?.execute([format!("pipeline-{nth}")])?;
    }
    books.execute_batch("commit")?;
    Ok(books.query_row("select min(id), max(id) from pipeline", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?)
}

/// Columns of a table without the given ones, as a list.
fn columns_but(books: &Connection, table: &str, without: &[&str]) -> Result<String> {
    let columns: Vec<String> = books
        .prepare("select name from pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let kept: Vec<String> =
        columns.into_iter().filter(|name| !without.contains(&name.as_str())).collect();
    Ok(kept.join(", "))
}

/// Drop the indexes of a table; returns the statements that make them again.
fn take_indexes(books: &Connection, table: &str) -> Result<Vec<String>> {
    let found: Vec<(String, String)> = books
        .prepare(
            "select name, sql
               from sqlite_schema
              where type = 'index' and tbl_name = ?1 and sql is not null",
        )?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &found {
        books.execute_batch(&format!("drop index {name}"))?;
    }
    Ok(found.into_iter().map(|(_, sql)| sql).collect())
}
