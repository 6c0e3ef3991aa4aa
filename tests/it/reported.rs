//! The tests that make-believe jobs report are filed as the simulator knows that they went, and judged as
//! it knows that they are.

use std::collections::BTreeMap;

use creel::model::{Provider, Timestamp};
use creel::simulator::rest::Archive;
use creel::simulator::suites::{Known, Nature, truth};
use creel::simulator::world::World;

use crate::assessing::story::assess;
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

fn named(known: &Known) -> Named {
    (known.pipeline.clone(), known.class.clone(), known.name.clone(), known.variant.clone())
}

fn known(truth: &[Known]) -> BTreeMap<Named, Counts> {
    let counts = |known: &Known| {
        let failed = known.failed_by_chance
            + known.failed_by_change
            + known.failed_by_break
            + known.failed_by_outage;
        (known.runs.into(), failed.into(), known.passed_again.into())
    };
    truth.iter().map(|known| (named(known), counts(known))).collect()
}

/// What a world's jobs reported, with what the tests are in truth. Reports that were on their way when
/// the history ended have not come.
fn reported(seed: u64) -> (Desk, Vec<Known>) {
    let now = Timestamp(NOW.0 - Timestamp::MILLIS_PER_HOUR);
    let desk = Desk::open();
    let (mut archive, mut last) = (Archive::default(), 0);
    for happening in World::history(seed, now) {
        archive.note(&happening);
        if happening.hook.provider == Provider::Reporter {
            last = last.max(happening.at.0);
            desk.post_hook(&happening.hook);
        }
    }
    desk.step_all();
    let truth = truth(archive.courses(), Timestamp(last));
    (desk, truth)
}

#[test]
fn what_is_filed_is_what_the_simulator_knows() {
    let (desk, truth) = reported(1);
    let (filed, known) = (filed(&desk), known(&truth));
    let wrong: Vec<_> =
        known.iter().filter(|(named, counts)| filed.get(*named) != Some(*counts)).collect();
    assert!(wrong.is_empty(), "{} of {}: {:?}", wrong.len(), known.len(), wrong.first());
    assert_eq!(filed.len(), known.len());
    let nature = |wanted| truth.iter().filter(|known| known.nature == wanted).count();
    assert!(nature(Nature::Flaky) > 0 && nature(Nature::Broken) > 0, "{} tests", truth.len());
}

/// How a test is judged: whether it is broken, and whether a monitor of flaky tests is in alarm.
fn judged(desk: &Desk) -> BTreeMap<Named, (bool, bool)> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = desk.get_json(&format!("/api/v1/tests?limit=200{cursor}"));
        for item in page["items"].as_array().expect("items") {
            let word = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
            let variant = item["variant"].as_str().map(str::to_owned);
            let named = (word("pipeline"), word("class"), word("name"), variant);
            let alarms = item["alarms"].as_array().expect("alarms");
            let is_flaky = alarms.iter().any(|alarm| alarm["monitor"] != "broken");
            found.insert(named, (word("status") == "broken", is_flaky));
        }
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

/// How many of those that were flagged are so, and how many of those that are so were flagged.
#[derive(Debug, Default)]
struct Score {
    flagged: u32,
    rightly: u32,
    so: u32,
}

impl Score {
    fn hear(&mut self, is_flagged: bool, is_so: bool) {
        self.flagged += u32::from(is_flagged);
        self.rightly += u32::from(is_flagged && is_so);
        self.so += u32::from(is_so);
    }

    fn precision(&self) -> f64 {
        f64::from(self.rightly) * 100.0 / f64::from(self.flagged.max(1))
    }

    fn recall(&self) -> f64 {
        f64::from(self.rightly) * 100.0 / f64::from(self.so.max(1))
    }
}

#[test]
fn flaky_and_broken_tests_of_the_make_believe_organisations_are_told() {
    let (mut flaky, mut broken) = (Score::default(), Score::default());
    for seed in 1..=2 {
        let (desk, truth) = reported(seed);
        assess(&desk);
        let judged = judged(&desk);
        for known in &truth {
            let (is_broken, is_flaky) = judged[&named(known)];
            flaky.hear(is_flaky, known.failed_by_chance + known.passed_again > 0);
            broken.hear(is_broken, known.nature == Nature::Broken);
        }
    }
    for (what, score) in [("flaky", &flaky), ("broken", &broken)] {
        let (precision, recall) = (score.precision(), score.recall());
        println!("{what}: precision {precision:.1} %, recall {recall:.1} %, {score:?}");
    }
    // Below this a change made them worse.
    assert!(flaky.precision() >= 90.0 && flaky.recall() >= 90.0, "flaky: {flaky:?}");
    assert!(broken.precision() >= 90.0 && broken.recall() >= 90.0, "broken: {broken:?}");
}
