//! Results of a build in orders that no index of results has.
//!
//! The longest are picked in one walk over all results of the build, of which a page is kept. Names are
//! walked along the index of the pipeline's tests, or sorted here where the build has few.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{EXAMINED_MAX, Page};
use super::{COLUMNS, ResultFilter, ResultPlace, ResultRow, TABLES, holds_word, result_from_row};
use crate::store::StoreError;
use crate::store::sqlite::books::test_sets::status_number;

/// Longest first; what has no duration goes last.
type Longest = (Reverse<i64>, ResultPlace);

/// The sets of a build whose results are wanted.
fn wanted_sets(
    connection: &Connection,
    build: i64,
    filter: &ResultFilter,
) -> Result<(HashSet<i64>, i64), StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, total
           from test_set
          where build = ?1 and state = 'whole' and (is_counted or ?2) and (?3 is null or job = ?3)",
    )?;
    let mut rows = statement.query(params![build, filter.all_attempts, filter.job])?;
    let (mut sets, mut total) = (HashSet::new(), 0);
    while let Some(row) = rows.next()? {
        sets.insert(row.get(0)?);
        total += row.get::<_, i64>(1)?;
    }
    Ok((sets, total))
}

fn result_at(
    connection: &Connection,
    build: i64,
    place: ResultPlace,
) -> Result<Option<ResultRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select {COLUMNS}
           from {TABLES}
          where r.build = ?1 and r.status = ?2 and r.test_case = ?3 and r.test_set = ?4
            and r.nth = ?5"
    ))?;
    let mut rows =
        statement.query(params![build, place.status, place.case, place.set, place.nth])?;
    rows.next()?.map(result_from_row).transpose()
}

fn page_at(
    connection: &Connection,
    build: i64,
    places: impl IntoIterator<Item = ResultPlace>,
    next: Option<ResultPlace>,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let mut items = Vec::new();
    for place in places {
        items.extend(result_at(connection, build, place)?);
    }
    Ok(Page { items, next })
}

pub(super) fn by_duration(
    connection: &Connection,
    build: i64,
    (filter, lower): (&ResultFilter, Option<&str>),
    after: Option<ResultPlace>,
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let (sets, _) = wanted_sets(connection, build, filter)?;
    let after: Option<Longest> = match after {
        Some(place) => {
            let took: Option<Option<i64>> = connection
                .prepare_cached(
                    "select duration_us
                       from test_result
                      where build = ?1 and status = ?2 and test_case = ?3 and test_set = ?4
                        and nth = ?5",
                )?
                .query_row(params![build, place.status, place.case, place.set, place.nth], |row| {
                    row.get(0)
                })
                .optional()?;
            // Filed anew since: from the beginning.
            took.map(|took| (Reverse(took.unwrap_or(-1)), place))
        }
        None => None,
    };
    // Names are looked at only where a word is asked for.
    let (columns, table) = match lower {
        Some(_) => (
            "c.suite, c.class, c.name",
            "test_result r cross join test_case c on c.id = r.test_case",
        ),
        None => ("null, null, null", "test_result r"),
    };
    let mut statement = connection.prepare_cached(&format!(
        "select r.status, r.test_case, r.test_set, r.nth, r.duration_us, {columns}
           from {table}
          where r.build = ?1 and (?2 is null or r.status = ?2) and {}",
        filter.is_case(3)
    ))?;
    let status = filter.status.map(status_number);
    let mut rows = statement.query(params![build, status, filter.case])?;
    // One more than a page, to know whether there is another.
    let mut longest: BTreeSet<Longest> = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let place = super::place_of(row)?;
        let key = (Reverse(row.get::<_, Option<i64>>(4)?.unwrap_or(-1)), place);
        let is_too_short = longest.len() > limit && longest.last().is_some_and(|last| *last < key);
        if is_too_short
            || after.is_some_and(|after| key <= after)
            || !sets.contains(&place.set)
            || !holds_word(row, [5, 6, 7], lower)?
        {
            continue;
        }
        longest.insert(key);
        if longest.len() > limit + 1 {
            longest.pop_last();
        }
    }
    let has_more = longest.len() > limit;
    if has_more {
        longest.pop_last();
    }
    let next = longest.last().map(|(_, place)| *place).filter(|_| has_more);
    page_at(connection, build, longest.into_iter().map(|(_, place)| place), next)
}

pub(super) fn by_name(
    connection: &Connection,
    build: i64,
    asked: (&ResultFilter, Option<&str>),
    after: Option<ResultPlace>,
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let (sets, total) = wanted_sets(connection, build, asked.0)?;
    let name: Option<String> = match after {
        Some(place) => connection
            .prepare_cached("select name from test_case where id = ?1")?
            .query_row([place.case], |row| row.get(0))
            .optional()?,
        None => None,
    };
    let after = name.zip(after);
    let is_small =
        asked.0.case.is_some() || usize::try_from(total).is_ok_and(|total| total <= EXAMINED_MAX);
    match is_small {
        true => sorted_names(connection, (build, &sets), asked, after, limit),
        false => walked_names(connection, (build, &sets), asked, after.as_ref(), limit),
    }
}

/// Few results: all of them, sorted.
fn sorted_names(
    connection: &Connection,
    (build, sets): (i64, &HashSet<i64>),
    (filter, lower): (&ResultFilter, Option<&str>),
    after: Option<(String, ResultPlace)>,
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select r.status, r.test_case, r.test_set, r.nth, c.suite, c.class, c.name
           from test_result r
           cross join test_case c on c.id = r.test_case
          where r.build = ?1 and (?2 is null or r.status = ?2) and {}",
        filter.is_case(3)
    ))?;
    let status = filter.status.map(status_number);
    let mut rows = statement.query(params![build, status, filter.case])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let place = super::place_of(row)?;
        if sets.contains(&place.set) && holds_word(row, [4, 5, 6], lower)? {
            found.push((row.get::<_, String>(6)?, order(place), place));
        }
    }
    found.sort_unstable();
    let from = after.map_or(0, |(name, place)| {
        let last = (name, order(place), place);
        found.partition_point(|one| *one <= last)
    });
    let rest = &found[from..];
    let next = (rest.len() > limit).then(|| rest.get(limit - 1).map(|(_, _, place)| *place));
    page_at(connection, build, rest.iter().take(limit).map(|(_, _, place)| *place), next.flatten())
}

/// Many results: along the names of the pipeline's tests, with a look at each.
fn walked_names(
    connection: &Connection,
    (build, sets): (i64, &HashSet<i64>),
    (filter, lower): (&ResultFilter, Option<&str>),
    after: Option<&(String, ResultPlace)>,
    limit: usize,
) -> Result<Page<ResultRow, ResultPlace>, StoreError> {
    let mut names = connection.prepare_cached(
        "select c.id, c.suite, c.class, c.name
           from test_case c indexed by test_case_by_pipeline
          where c.pipeline = (select coalesce(pipeline, 0) from build where id = ?1)
            and (c.name, c.id) >= (?2, ?3)
          order by c.name, c.id",
    )?;
    let mut results = connection.prepare_cached(
        "select status, test_case, test_set, nth
           from test_result
          where build = ?1 and status in (0, 1, 2, 3) and test_case = ?2
            and (?3 is null or status = ?3)",
    )?;
    let status = filter.status.map(status_number);
    let (name, case) = after.map_or(("", 0), |(name, place)| (name.as_str(), place.case));
    let after = after.map(|(_, place)| order(*place));
    let mut rows = names.query(params![build, name, case])?;
    let (mut found, mut examined) = (Vec::new(), 0);
    let nowhere = ResultPlace { status: i64::MAX, case: 0, set: i64::MAX, nth: i64::MAX };
    while let Some(row) = rows.next()? {
        let case: i64 = row.get(0)?;
        if examined == EXAMINED_MAX {
            // Nothing of this test: the next page goes on with it.
            let before = ResultPlace { status: -1, case, set: -1, nth: -1 };
            return page_at(connection, build, found, Some(before));
        }
        examined += 1;
        if !holds_word(row, [1, 2, 3], lower)? {
            continue;
        }
        let mut of_case = Vec::new();
        let mut rows = results.query(params![build, case, status])?;
        while let Some(row) = rows.next()? {
            let place = super::place_of(row)?;
            let is_before = after.is_some_and(|after| after.0 == case && order(place) <= after);
            if sets.contains(&place.set) && !is_before {
                of_case.push(place);
            }
        }
        of_case.sort_unstable_by_key(|place| order(*place));
        for place in of_case {
            if found.len() == limit {
                let last = found.last().copied().unwrap_or(nowhere);
                return page_at(connection, build, found, Some(last));
            }
            found.push(place);
        }
    }
    page_at(connection, build, found, None)
}

/// Order of results of one name.
fn order(place: ResultPlace) -> (i64, i64, i64, i64) {
    (place.case, place.set, place.nth, place.status)
}
