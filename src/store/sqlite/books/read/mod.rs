//! What pages and clients read of the books: lists by keyset, single records, sums.
//!
//! A list is driven by one index that already has the wanted order; every other condition is
//! looked at row by row, within a budget. So a page costs milliseconds whatever is asked, and a
//! question without an index gets a short page and a cursor instead of a long wait.

pub mod agents;
pub mod builds;
pub mod cases;
pub mod counters;
pub mod events;
pub mod logs;
pub mod pipelines;
pub mod sources;
pub mod subjects;
pub mod test_sets;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};

use crate::store::StoreError;

/// Rows looked at for one page.
pub const EXAMINED_MAX: usize = 20_000;

/// Result sets merged for one page; a question that would need more is answered by looking at
/// every row instead.
const STREAMS_MAX: usize = 64;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    pub items: Vec<T>,
    /// Where the next page begins: after this place. `None` at the end of the list.
    pub next: Option<P>,
}

/// The name a source is shown by: its own, else the GUID of its collection.
pub(super) const SOURCE_LABEL: &str = "coalesce(s.name, iif(s.scheme = 'collection', s.key, null))";

/// Read several result sets, each with the greatest place first, as one. `read` gives a row's
/// place, and the item if the row is wanted.
pub(super) fn merge<T, P: Ord + Copy>(
    streams: Vec<Rows<'_>>,
    limit: usize,
    read: impl Fn(&Row<'_>) -> Result<(P, Option<T>), StoreError>,
) -> Result<Page<T, P>, StoreError> {
    struct Stream<'s, T, P> {
        rows: Rows<'s>,
        head: (P, Option<T>),
    }
    let mut open = Vec::with_capacity(streams.len());
    for mut rows in streams {
        if let Some(row) = rows.next()? {
            let head = read(row)?;
            open.push(Stream { rows, head });
        }
    }
    let mut items = Vec::new();
    let mut examined = 0;
    let mut last = None;
    while let Some((index, stream)) =
        open.iter_mut().enumerate().max_by_key(|(_, stream)| stream.head.0)
    {
        if items.len() == limit || examined == EXAMINED_MAX {
            return Ok(Page { items, next: last });
        }
        examined += 1;
        last = Some(stream.head.0);
        items.extend(stream.head.1.take());
        match stream.rows.next()? {
            Some(row) => stream.head = read(row)?,
            None => drop(open.swap_remove(index)),
        }
    }
    Ok(Page { items, next: None })
}

/// A text column without a copy; `None` when it is null.
pub(super) fn text<'r>(row: &'r Row<'_>, index: usize) -> Result<Option<&'r str>, StoreError> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str().map_err(rusqlite::Error::from)?)),
    }
}

/// Whether `text` holds `lower` (which is lower-case already).
fn holds(text: Option<&str>, lower: &str) -> bool {
    text.is_some_and(|text| text.to_lowercase().contains(lower))
}

/// A word of a closed list, as a column holds it.
pub(super) fn word<T>(
    table: &'static str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text = text.unwrap_or("(null)");
    parse(text).ok_or_else(|| StoreError::Row { table, what: format!("unknown word `{text}`") })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// Every `step`th number below `before`, from 50,000 down.
    const NUMBERS: &str =
        "with recursive n (i) as (select ?1 union all select i - ?2 from n where i > ?2)
         select i from n where i < ?3";

    fn page(limit: usize, before: i64, wanted: impl Fn(i64) -> bool) -> Page<i64, i64> {
        let connection = Connection::open_in_memory().unwrap();
        let mut odd = connection.prepare(NUMBERS).unwrap();
        let mut even = connection.prepare(NUMBERS).unwrap();
        let streams =
            vec![odd.query([49_999, 2, before]).unwrap(), even.query([50_000, 2, before]).unwrap()];
        merge(streams, limit, |row| {
            let number: i64 = row.get(0)?;
            Ok((number, wanted(number).then_some(number)))
        })
        .unwrap()
    }

    #[test]
    fn streams_are_read_as_one_in_their_common_order() {
        let found = page(4, i64::MAX, |_| true);
        assert_eq!(found, Page { items: vec![50_000, 49_999, 49_998, 49_997], next: Some(49_997) });
        assert_eq!(page(4, 3, |_| true), Page { items: vec![2, 1], next: None });
        assert_eq!(page(2, 3, |_| true).next, None, "nothing follows: no cursor");
    }

    #[test]
    fn a_page_ends_when_its_budget_is_spent_and_the_next_goes_on_from_there() {
        let first = page(10, i64::MAX, |number| number == 1);
        assert_eq!(first, Page { items: vec![], next: Some(30_001) });
        let second = page(10, 30_001, |number| number == 1);
        assert_eq!(second, Page { items: vec![], next: Some(10_001) });
        let third = page(10, 10_001, |number| number == 1);
        assert_eq!(third, Page { items: vec![1], next: None });
    }
}
