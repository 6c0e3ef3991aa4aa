//! The tests that make-believe jobs report are filed as the simulator knows that they went.

use std::collections::BTreeMap;

use creel::model::{Provider, Timestamp};
use creel::simulator::rest::Archive;
use creel::simulator::suites::{Known, Nature, truth};
use creel::simulator::world::World;

use crate::support::desk::{Desk, NOW};

/// Runs of a test, those that failed, and those that passed only when they were tried again.
type Counts = (i64, i64, i64);

/// Pipeline, class, name and variant.
type Named = (String, String, String, Option<String>);

fn filed(desk: &Desk) -> BTreeMap<Named, Counts> {
    let books = rusqlite::Connection::open(desk.data().join("books.db")).expect("opens");
    let mut statement = books
        .prepare(
            "select coalesce(p.slug, p.name), c.class, c.name, c.variant, count(*),
                    sum(r.status < 2), sum(r.is_retried)
               from test_case c
               join pipeline p on p.id = c.pipeline
               join test_result r on r.test_case = c.id
              where r.status <> 2
              group by c.id",
        )
        .expect("prepared");
    let rows = statement.query_map([], |row| {
        let named = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((named, (row.get(4)?, row.get(5)?, row.get(6)?)))
    });
    rows.expect("queried").collect::<Result<_, _>>().expect("rows")
}

fn known(truth: &[Known]) -> BTreeMap<Named, Counts> {
    let counts = |known: &Known| {
        let failed = known.failed_by_chance
            + known.failed_by_change
            + known.failed_by_break
            + known.failed_by_outage;
        (known.runs.into(), failed.into(), known.passed_again.into())
    };
    let named = |known: &Known| {
        (known.pipeline.clone(), known.class.clone(), known.name.clone(), known.variant.clone())
    };
    truth.iter().map(|known| (named(known), counts(known))).collect()
}

#[test]
fn what_is_filed_is_what_the_simulator_knows() {
    let now = Timestamp(NOW.0 - Timestamp::MILLIS_PER_HOUR);
    let desk = Desk::open();
    let (mut archive, mut last) = (Archive::default(), 0);
    for happening in World::history(1, now) {
        archive.note(&happening);
        if happening.hook.provider == Provider::Reporter {
            last = last.max(happening.at.0);
            desk.post_hook(&happening.hook);
        }
    }
    desk.step_all();
    // Reports that were on their way when the history ended have not come.
    let truth = truth(archive.courses(), Timestamp(last));
    let (filed, known) = (filed(&desk), known(&truth));
    let wrong: Vec<_> =
        known.iter().filter(|(named, counts)| filed.get(*named) != Some(*counts)).collect();
    assert!(wrong.is_empty(), "{} of {}: {:?}", wrong.len(), known.len(), wrong.first());
    assert_eq!(filed.len(), known.len());
    let nature = |wanted| truth.iter().filter(|known| known.nature == wanted).count();
    assert!(nature(Nature::Flaky) > 0 && nature(Nature::Broken) > 0, "{} tests", truth.len());
}
