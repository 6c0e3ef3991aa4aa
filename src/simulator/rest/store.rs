//! Where the bytes of artifacts lie: a second host, whose addresses carry their own proof. Whoever
//! brings a token along is refused, as the stores behind both providers do, and counted.

use super::{Answer, Ask, Rest};
use crate::simulator::dice::Dice;
use crate::simulator::suites::reporters::{self, Report};

const SALT_BYTES: u64 = 95;

/// The most bytes that are made of an artifact.
const BYTES_MAX: u64 = 4 << 20;

/// The proof in an address of the store.
const PROOF: &str = "sig=made-up";

/// The address of so many bytes, good for anyone who has it.
pub fn address(ask: &Ask, name: &str, seed: u64, bytes: u64) -> String {
    format!("{}/store/{seed}/{bytes}/{name}?{PROOF}", other_host(ask))
}

/// The address of a report of tests: of `acme`'s `pipeline/number/job/name`.
pub fn report_address(ask: &Ask, of: &str) -> String {
    format!("{}/store/junit/{of}?{PROOF}", other_host(ask))
}

/// Another host than the one that was asked: `localhost` for `127.0.0.1`.
fn other_host(ask: &Ask) -> String {
    let host = ask.header("host").unwrap_or("127.0.0.1:4100");
    let (name_of_host, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    let other = if name_of_host == "localhost" { "127.0.0.1" } else { "localhost" };
    format!("http://{other}:{port}")
}

pub fn answer(rest: &Rest, ask: &Ask) -> Answer {
    if ask.header("authorization").is_some() {
        rest.count(|tally| tally.stray_tokens += 1);
        return Answer::text(
            400,
            "Only one way of authorization is allowed: the address has its own",
        );
    }
    let parts = ask.path();
    if let (["store", "junit", pipeline, number, job, name], Some(_)) =
        (parts.as_slice(), ask.query("sig"))
    {
        return match report(rest, (pipeline, number), job, name) {
            Some(junit) => Answer::text(200, junit).with("content-type", "application/xml"),
            None => Answer::text(404, "NoSuchKey"),
        };
    }
    let (["store", seed, bytes, _], Some(_)) = (parts.as_slice(), ask.query("sig")) else {
        return Answer::text(403, "AccessDenied");
    };
    let (Ok(seed), Ok(bytes)) = (seed.parse::<u64>(), bytes.parse::<u64>()) else {
        return Answer::text(404, "NoSuchKey");
    };
    let mut dice = Dice::seeded(&[SALT_BYTES, seed]);
    let words = (0..bytes.min(BYTES_MAX).div_ceil(8)).flat_map(|_| dice.throw().to_be_bytes());
    let bytes = usize::try_from(bytes.min(BYTES_MAX)).unwrap_or(0);
    Answer::text(200, words.take(bytes).collect::<Vec<u8>>())
        .with("content-type", "application/octet-stream")
}

fn report(rest: &Rest, build: (&str, &str), job: &str, name: &str) -> Option<String> {
    let course = rest.archive().build(build.0.parse().ok()?, build.1.parse().ok()?)?;
    let job = course.jobs.iter().find(|one| one.job.id.text() == job)?;
    let reports = reporters::of_acme_job(&course, job);
    reports.iter().find(|report| report.path().replace('/', "-") == name).map(Report::junit)
}
