//! What is around the data: the clock, the disk, the address.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::http::tls::Tls;
use crate::model::Timestamp;
use crate::store::sqlite::books::checkup::newest_delays;
use crate::store::sqlite::journal::read::latest_receipt;

use super::place::{Opened, unreadable};
use super::{Finding, ago};

/// Entries and events that tell of the clock.
const LOOKED_AT: usize = 200;

/// Clocks differ by less than this everywhere.
const SKEW_MS_MAX: i64 = 60_000;

/// Even the quickest of many hooks took this long: then it is the clock.
const LATE_MS_MAX: i64 = 5 * 60_000;

/// A certificate that ends sooner should have been renewed.
const CERTIFICATE_DAYS_MIN: i64 = 14;

const DAY_MS: i64 = 24 * Timestamp::MILLIS_PER_HOUR;

const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Addresses of one name that are tried in turn.
const ADDRESSES_MAX: usize = 4;

/// Where systemd's time service says that it has heard from a time server.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

pub(super) fn clock(
    journal: Option<&Opened>,
    books: Option<&Opened>,
    now: Timestamp,
) -> Vec<Finding> {
    let check = "clock";
    let latest = journal.map_or(Ok(None), |it| latest_receipt(&it.connection, LOOKED_AT));
    let delays = books.map_or(Ok(Vec::new()), |it| newest_delays(&it.connection, LOOKED_AT));
    let (latest, delays) = match (latest, delays) {
        (Ok(latest), Ok(delays)) => (latest, delays),
        (Err(error), _) | (_, Err(error)) => return vec![unreadable(check, &error)],
    };
    let hint = "let a time service keep it (systemd-timesyncd, chrony)";
    let mut findings = Vec::new();
    if let Some(latest) = latest.filter(|latest| latest.0 - now.0 > SKEW_MS_MAX) {
        let says = format!(
            "an entry was received at {latest}, which is in the future: the clock was \
                            set back, or is wrong now ({now})"
        );
        findings.push(Finding::trouble(check, says, hint));
    }
    match skew(&delays) {
        Some(ahead) if ahead < 0 => findings.push(Finding::trouble(
            check,
            format!("it is at least {} s behind the clocks of the providers", -ahead / 1_000),
            hint,
        )),
        Some(behind) => findings.push(Finding::note(
            check,
            format!(
                "even the quickest of the last hooks came {} min after what it tells: the clock is \
                 ahead, or hooks are held up on their way",
                behind / 60_000
            ),
            hint,
        )),
        None => {}
    }
    if findings.is_empty() {
        let served =
            if Path::new(SYNCHRONIZED).exists() { "; a time service keeps it" } else { "" };
        let says = match delays.is_empty() {
            true => format!("nothing speaks against it ({now}){served}"),
            false => format!("it agrees with those of the providers ({now}){served}"),
        };
        findings.push(Finding::well(check, says));
    }
    findings
}

/// How far the clock is off: below 0 it is behind. From receipt minus happening, in milliseconds.
fn skew(delays: &[i64]) -> Option<i64> {
    // One event that lies in the future may be a mistake of its own; many are the clock.
    let mut sorted = delays.to_vec();
    sorted.sort_unstable();
    let low = *sorted.get(sorted.len() / 10)?;
    // Later than a day they were sent again, or made up: no clock is that wrong for long.
    let is_odd = !(-SKEW_MS_MAX..=LATE_MS_MAX).contains(&low) && low < DAY_MS;
    is_odd.then_some(low)
}

/// Room for now. How long it lasts a running server tells: it knows what was written and what goes.
pub(super) fn disk(config: &Config) -> Vec<Finding> {
    let check = "disk";
    let disk = match rustix::fs::statvfs(&config.data) {
        Ok(disk) => disk,
        Err(error) => {
            let says = format!("it does not tell how much is free: {error}");
            return vec![Finding::note(check, says, "look with df")];
        }
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let mark = config.limits.disk_low_bytes;
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    if free < mark {
        let says = format!(
            "{:.2} GB are free, less than limits.disk_low ({:.2} GB): no hook is accepted",
            gigabytes(free),
            gigabytes(mark)
        );
        return vec![Finding::trouble(
            check,
            says,
            "free some room now: senders are losing events",
        )];
    }
    let says = format!("{:.1} GB free; the mark is {:.2} GB", gigabytes(free), gigabytes(mark));
    vec![Finding::well(check, says)]
}

pub(super) fn address(config: &Config, is_running: bool) -> Vec<Finding> {
    let check = "address";
    let Some(url) = &config.public_url else {
        return vec![Finding::note(
            check,
            "server.public_url is not set: links lead to where a request was sent",
            "set it to the address by which senders and people reach the server",
        )];
    };
    let (scheme, authority) = url.split_once("://").unwrap_or(("http", url));
    let port = if scheme == "https" { 443 } else { 80 };
    let host = host_of(authority);
    let mut findings = Vec::new();
    if scheme == "http" && !is_private(host) {
        findings.push(Finding::trouble(
            check,
            format!("{url} is not encrypted: keys and bodies cross the network in the clear"),
            "put TLS in front, or set tls.cert and tls.key, and change the address to https",
        ));
    }
    if scheme == "https" && config.tls.is_none() && config.trusted_proxies.is_empty() {
        findings.push(Finding::note(
            check,
            format!("{url} is https, and Creel itself speaks http: a proxy is in front that it does not \
                     know"),
            "name the proxy in server.trusted_proxies, or every sender seems to come from it",
        ));
    }
    if scheme == "http" && config.tls.is_some() {
        findings.push(Finding::trouble(
            check,
            format!("{url} is http, but the port speaks https (tls.cert)"),
            "change server.public_url to https",
        ));
    }
    if is_running {
        let with_port = match authority.rsplit_once(':') {
            Some((_, digits)) if digits.parse::<u16>().is_ok() => authority.to_owned(),
            _ => format!("{authority}:{port}"),
        };
        if let Err(problem) = reach(scheme, authority, &with_port) {
            findings.push(Finding::note(
                check,
                format!("{url} is not reached from here: {problem}"),
                "senders may reach it all the same; try it from where they are",
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::well(check, url.clone()));
    }
    findings
}

fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// Whether an address stays within a machine or a network of one's own.
fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        // A name without a dot is a machine nearby.
        Err(_) => {
            !host.contains('.')
                || [".local", ".internal", ".lan", ".localhost"]
                    .iter()
                    .any(|end| host.ends_with(end))
        }
    }
}

/// Open a connection; on a plain one, also ask who is there.
fn reach(scheme: &str, authority: &str, with_port: &str) -> Result<(), String> {
    let addresses =
        with_port.to_socket_addrs().map_err(|error| format!("its name leads nowhere: {error}"))?;
    let mut tried = Err("its name leads nowhere".to_owned());
    for address in addresses.take(ADDRESSES_MAX) {
        tried = TcpStream::connect_timeout(&address, CONNECT_MAX)
            .map_err(|error| format!("{address} does not answer: {error}"));
        if tried.is_ok() {
            break;
        }
    }
    let mut stream = tried?;
    if scheme != "http" {
        return Ok(());
    }
    let asked = (|| {
        stream.set_read_timeout(Some(CONNECT_MAX))?;
        let request =
            format!("GET /livez HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(4_096).read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    })();
    match asked {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok") => Ok(()),
        Ok(_) => Err(format!("{with_port} answers, but not as Creel does")),
        Err(error) => Err(format!("{with_port} does not answer: {error}")),
    }
}

pub(super) fn proxies(config: &Config) -> Vec<Finding> {
    let check = "proxies";
    let all: Vec<String> = config
        .trusted_proxies
        .iter()
        .filter(|network| network.prefix_len() == 0)
        .map(ToString::to_string)
        .collect();
    if !all.is_empty() {
        return vec![Finding::trouble(
            check,
            format!(
                "server.trusted_proxies holds {}: everybody may say who they are",
                all.join(", ")
            ),
            "name the proxy's own address",
        )];
    }
    match config.trusted_proxies.is_empty() {
        true => Vec::new(),
        false => {
            let names: Vec<String> =
                config.trusted_proxies.iter().map(ToString::to_string).collect();
            vec![Finding::well(check, format!("believed: {}", names.join(", ")))]
        }
    }
}

pub(super) fn certificate(config: &Config, now: Timestamp) -> Vec<Finding> {
    let check = "certificate";
    let Some(files) = &config.tls else { return Vec::new() };
    let tls = match Tls::load(files) {
        Ok(tls) => tls,
        Err(error) => return vec![Finding::trouble(check, error.to_string(), error.hint())],
    };
    let Some(end) = tls.ends_at() else {
        let says = format!("{} does not tell when it ends", files.cert.display());
        return vec![Finding::note(check, says, "look into it with openssl x509 -noout -dates")];
    };
    let days = (end.0 - now.0).div_euclid(DAY_MS);
    let hint = "renew it; Creel reads it again when the files change";
    vec![match days {
        ..0 => Finding::trouble(check, format!("it ended {}, {end}", ago(end, now)), hint),
        0..CERTIFICATE_DAYS_MIN => {
            Finding::trouble(check, format!("it ends in {days} days, {end}"), hint)
        }
        _ => Finding::well(check, format!("it counts for another {days} days, until {end}")),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_only_when_many_hooks_say_so() {
        assert_eq!(skew(&[]), None);
        assert_eq!(skew(&[900; 50]), None);
        let mut one_odd = vec![900; 50];
        one_odd[7] = -3_600_000;
        assert_eq!(skew(&one_odd), None);
        assert_eq!(skew(&[-120_000; 50]), Some(-120_000));
        assert_eq!(skew(&[600_000; 50]), Some(600_000));
    }

    #[test]
    fn keys_may_cross_a_network_of_ones_own_in_the_clear() {
        for host in ["127.0.0.1", "10.1.2.3", "::1", "buildbox", "creel.internal", "localhost"] {
            assert!(is_private(host), "{host}");
        }
        for host in ["creel.example.com", "203.0.113.5", "2001:db8::1"] {
            assert!(!is_private(host), "{host}");
        }
        assert_eq!(host_of("[::1]:3000"), "::1");
        assert_eq!(host_of("creel.example.com:8443"), "creel.example.com");
    }
}
