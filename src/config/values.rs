//! How the values of settings are written. Each error says what a good one looks like.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;

/// Longer than this is `forever`.
const AGE_MAX_YEARS: u64 = 1_000;

/// What is wrong with a value.
pub(super) type Problem = String;

/// Anything that Rust reads, with its own words for what is wrong.
pub(super) fn any<T>(text: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.trim().parse().map_err(|error: T::Err| error.to_string())
}

/// A value that can be read, if it also makes sense.
pub(super) fn sensible<T>(
    value: T,
    makes_sense: impl FnOnce(&T) -> bool,
    expected: &str,
) -> Result<T, Problem> {
    if makes_sense(&value) { Ok(value) } else { Err(expected.to_owned()) }
}

/// `256MiB`, `2GiB`, or bytes.
pub(super) fn bytes(text: &str) -> Result<u64, Problem> {
    let units = [
        ("KiB", 1_u64 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("B", 1),
        ("", 1),
    ];
    number_with_unit(text, &units)
        .ok_or_else(|| "a size is written as 256MiB, 2GiB or a number of bytes".to_owned())
}

/// `500ms`, `30s`, `5m`, or seconds.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    let units = [("ms", 1_u64), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1_000)];
    number_with_unit(text, &units)
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration is written as 500ms, 30s or 5m".to_owned())
}

/// `90d`, `12w`, `5y`; `None` for `forever`.
pub(super) fn age(text: &str) -> Result<Option<Duration>, Problem> {
    if text.trim() == "forever" {
        return Ok(None);
    }
    const DAY_S: u64 = 24 * 60 * 60;
    let units = [("h", DAY_S / 24), ("d", DAY_S), ("w", 7 * DAY_S), ("y", 365 * DAY_S)];
    let age =
        number_with_unit(text, &units).filter(|seconds| *seconds <= AGE_MAX_YEARS * 365 * DAY_S);
    age.map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| "an age is written as 90d, 12w, 5y or forever".to_owned())
}

fn number_with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, factor)| {
        let number = text.trim().strip_suffix(unit)?.trim().parse::<u64>().ok()?;
        Some(number.saturating_mul(*factor))
    })
}

/// Networks, separated by commas. A lone address is a network of one.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, Problem> {
    words(text)
        .map(|item| {
            item.parse::<IpNet>()
                .or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    format!("`{item}`: a network is written as 192.0.2.0/24 or 2001:db8::/32")
                })
        })
        .collect()
}

/// `true` or `false`.
pub(super) fn switch(text: &str) -> Result<bool, Problem> {
    text.trim().parse().map_err(|_| "it is true or false".to_owned())
}

/// The items of a list.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// `https://creel.example.com`, without a slash at the end.
pub(super) fn origin_url(text: &str) -> Result<String, Problem> {
    let url = text.trim_end_matches('/');
    let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_address = authority.is_some_and(|authority| {
        !authority.is_empty()
            && !authority.contains(|c: char| c.is_whitespace() || "/?#@\\".contains(c))
    });
    match is_address {
        true => Ok(url.to_owned()),
        false => Err("it is written as https://creel.example.com, without a path".to_owned()),
    }
}

/// The name of a header, in lower case.
pub(super) fn header_name(text: &str) -> Result<String, Problem> {
    match text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("it is the name of a header, for example X-Forwarded-User".to_owned()),
    }
}

/// A path; `DATA/...` lies in the data directory.
pub(super) fn path(text: &str, data: &Path) -> PathBuf {
    match text.strip_prefix("DATA/") {
        Some(inside) => data.join(inside),
        None => PathBuf::from(text),
    }
}
