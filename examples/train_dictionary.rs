//! Train the dictionaries with which the journal packs bodies, and show what they are worth.
//!
//! ```text
//! cargo run --release --example train_dictionary            # train, write, measure
//! cargo run --release --example train_dictionary -- --check # measure the ones that are there
//! ```
//!
//! Writes `src/journal/dictionaries/{azure_devops,buildkite}.dict`. A dictionary that has packed a
//! row must stay for as long as the row: a better one is *added*, under an id of its own.
//!
//! What is learnt must be the providers' way of writing, not one organisation's names. So the
//! samples come from hundreds of made-up organisations with GUIDs, people, addresses of their own,
//! and the held-out bodies come from `contoso` and `acme`, which no sample knows. With
//! `CREEL_PAYLOADS` set to a folder of recorded bodies they are measured as well.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use creel::model::Provider;
use creel::simulator::azure_devops::{self as azure, Home};
use creel::simulator::clock::Tick;
use creel::simulator::dice::Dice;
use creel::simulator::{Hook, buildkite, mixed_hook};

/// A dictionary of 112 KB did not pack better, and every packer needs it in its cache.
const DICTIONARY_BYTES: usize = 64 * 1024;

/// Level on the way to the answer. Level 3 saves another 8 % of the bytes for 3 us more.
const LEVEL: i32 = 1;

const ORGANISATIONS: u64 = 250;
const SAMPLES_PER_SHAPE: u64 = 2;
const HELD_OUT: u64 = 20_000;

/// Providers send JSON without white space, but relays and copies of bodies often indent it.
const INDENTED_PERCENT: u32 = 15;

/// Headers and body as the journal packs them: length of the headers' JSON (four bytes, little
/// endian), that JSON, the body.
pub fn pack(headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let headers = serde_json::to_vec(headers).unwrap_or_default();
    let length = u32::try_from(headers.len()).unwrap_or(u32::MAX);
    let mut packed = Vec::with_capacity(4 + headers.len() + body.len());
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&headers);
    packed.extend_from_slice(body);
    packed
}

fn main() -> Result<()> {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/journal/dictionaries");
    std::fs::create_dir_all(&folder)?;
    let providers = [
        (Provider::AzureDevops, "azure_devops.dict", azure_samples as fn() -> Vec<Vec<u8>>),
        (Provider::Buildkite, "buildkite.dict", buildkite_samples),
    ];
    for (provider, file, samples) in providers {
        let path = folder.join(file);
        if !is_check {
            let samples = samples();
            let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)
                .with_context(|| format!("train {file} from {} samples", samples.len()))?;
            std::fs::write(&path, dictionary)?;
        }
        let dictionary =
            std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        println!("\n{file}: {} bytes", dictionary.len());
        let begin = std::time::Instant::now();
        let bodies = held_out(provider);
        let micros = begin.elapsed().as_secs_f64() * 1e6 / HELD_OUT as f64;
        println!("  {HELD_OUT} hooks of both providers made in {micros:.1} us each");
        measure("held-out simulator bodies", &bodies, &dictionary)?;
        for (name, bodies) in recorded(provider)? {
            measure(&name, &bodies, &dictionary)?;
        }
    }
    Ok(())
}

fn azure_samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for seed in 1..=ORGANISATIONS {
        let mut dice = Dice::seeded(&[0xd1c7, seed]);
        let home = match seed % 6 {
            0..3 => Home::Cloud,
            3..5 => Home::CloudOld,
            _ => Home::OnPremises,
        };
        let organisation = azure::Organisation::new(&name(&mut dice), home, seed);
        for shape in azure::Shape::ALL {
            for _ in 0..SAMPLES_PER_SHAPE {
                let build = u64::from(dice.below(900_000));
                let then = some_day(&mut dice);
                let build = organisation.build(build, then);
                let mut scene = azure::Scene::new(&organisation, shape, build, dice.throw() >> 40);
                scene.subscription = dice.guid();
                scene.notification = u64::from(dice.below(5_000));
                samples.push(sample(&mut dice, scene.hook()));
            }
        }
    }
    samples
}

fn buildkite_samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for seed in 1..=ORGANISATIONS {
        let mut dice = Dice::seeded(&[0xd1c8, seed]);
        let name = name(&mut dice);
        let organisation = buildkite::Organisation::new(&name, &name, seed);
        for shape in buildkite::Shape::ALL {
            for _ in 0..SAMPLES_PER_SHAPE {
                let then = some_day(&mut dice);
                let build = organisation.build(u64::from(dice.below(90_000)), then);
                let number = dice.throw() >> 40;
                let now = then.plus_ms(90_000);
                let scene = buildkite::Scene::new(&organisation, shape, build, number, now);
                samples.push(sample(&mut dice, scene.hook()));
            }
        }
    }
    samples
}

/// A moment of the nine years before simulated history begins.
fn some_day(dice: &mut Dice) -> Tick {
    Tick::BEGIN.minus_ms((dice.throw() >> 32) * 70)
}

/// A name for an organisation: letters that teach the dictionary nothing.
fn name(dice: &mut Dice) -> String {
    let letters = dice.between(4, 12);
    (0..letters).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or(0))).collect()
}

fn sample(dice: &mut Dice, hook: Hook) -> Vec<u8> {
    let body = if dice.percent(INDENTED_PERCENT) { indented(&hook.body) } else { hook.body };
    pack(&hook.headers, &body)
}

fn indented(body: &[u8]) -> Vec<u8> {
    // By hand, since `serde_json::Value` would sort the keys.
    let mut out = Vec::with_capacity(body.len() * 5 / 4);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', 2 * depth));
    };
    for (at, &byte) in body.iter().enumerate() {
        if in_string {
            out.push(byte);
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        let next = body.get(at + 1).copied().unwrap_or(0);
        let before = if at > 0 { body[at - 1] } else { 0 };
        match byte {
            b'"' => {
                in_string = true;
                out.push(byte);
            }
            b'{' | b'[' => {
                out.push(byte);
                if !matches!(next, b'}' | b']') {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                if !matches!(before, b'{' | b'[') {
                    depth -= 1;
                    line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
    }
    out
}

fn held_out(provider: Provider) -> Vec<Vec<u8>> {
    (0..HELD_OUT)
        .map(mixed_hook)
        .filter(|hook| hook.provider == provider)
        .map(|hook| pack(&hook.headers, &hook.body))
        .collect()
}

/// Recorded bodies, as they lie there and as the provider would have sent them.
fn recorded(provider: Provider) -> Result<Vec<(String, Vec<Vec<u8>>)>> {
    let Some(root) = std::env::var_os("CREEL_PAYLOADS").map(PathBuf::from) else {
        return Ok(Vec::new());
    };
    let folders: &[&str] = match provider {
        Provider::Buildkite => &["buildkite/webhooks"],
        _ => &["azure-devops", "azure-devops/captured"],
    };
    let headers = match provider {
        Provider::Buildkite => mixed_headers(Provider::Buildkite),
        _ => mixed_headers(Provider::AzureDevops),
    };
    let mut sets = Vec::new();
    for folder in folders {
        let (mut as_is, mut dense) = (Vec::new(), Vec::new());
        let mut files = std::fs::read_dir(root.join(folder))?.collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(std::fs::DirEntry::path);
        for file in files {
            let name = file.file_name().to_string_lossy().into_owned();
            // Fragments, vectors and lists of headers are no bodies.
            let is_body = !["stub", "vector", ".headers."].iter().any(|word| name.contains(word));
            if !is_body || !file.file_type()?.is_file() {
                continue;
            }
            let body = std::fs::read(file.path())?;
            let value: Box<serde_json::value::RawValue> = serde_json::from_slice(&body)?;
            dense.push(pack(&headers, &without_white_space(value.get())));
            as_is.push(pack(&headers, &body));
        }
        sets.push((format!("{folder}, indented as recorded"), as_is));
        sets.push((format!("{folder}, without white space"), dense));
    }
    Ok(sets)
}

fn mixed_headers(provider: Provider) -> Vec<(String, String)> {
    (0..1_000)
        .map(mixed_hook)
        .find(|hook| hook.provider == provider)
        .map_or(Vec::new(), |hook| hook.headers)
}

fn without_white_space(json: &str) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |byte: &u8| {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = *byte == b'\\' && !escaped;
            return true;
        }
        in_string = *byte == b'"';
        !byte.is_ascii_whitespace()
    };
    json.bytes().filter(keep).collect()
}

fn measure(what: &str, packed: &[Vec<u8>], dictionary: &[u8]) -> Result<()> {
    ensure!(!packed.is_empty(), "no bodies in {what}");
    let with_dictionary = |level| zstd::bulk::Compressor::with_dictionary(level, dictionary);
    let raw: usize = packed.iter().map(Vec::len).sum();
    let size = |mut compressor: zstd::bulk::Compressor<'_>| -> Result<(f64, f64)> {
        let begin = std::time::Instant::now();
        let mut bytes = 0;
        for body in packed {
            bytes += compressor.compress(body)?.len();
        }
        let micros = begin.elapsed().as_secs_f64() * 1e6 / packed.len() as f64;
        Ok((raw as f64 / bytes as f64, micros))
    };
    let (plain, plain_us) = size(zstd::bulk::Compressor::new(LEVEL)?)?;
    let (level_1, level_1_us) = size(with_dictionary(LEVEL)?)?;
    let (level_3, level_3_us) = size(with_dictionary(3)?)?;
    println!(
        "  {what} ({} bodies, mean {} bytes)\n    plain, level 1: {plain:.2} x ({plain_us:.1} us)   \
         dictionary, level 1: {level_1:.2} x ({level_1_us:.1} us)   level 3: {level_3:.2} x \
         ({level_3_us:.1} us)",
        packed.len(),
        raw / packed.len(),
    );
    Ok(())
}
