//! Sending: one request after the other, tried again while that may help and there is time.

use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use crate::model::Timestamp;
use crate::outbound::{Client, Method, Outgoing, Patience, SendError};
use crate::secrets::Secret;

use super::bundle::Body;

/// An answer is read up to here.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Pauses between tries, doubled from one second on.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// Less time is not worth another try.
const TRY_MIN: Duration = Duration::from_millis(500);

/// Where reports go, and what opens the door there.
#[derive(Debug)]
pub struct Destination {
    base: Url,
    pub key: Secret,
    /// By which the server may ask Buildkite for what its hooks do not tell.
    pub buildkite_token: Option<Secret>,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Trying again would not help.
    #[error("the server refused it with {status}: {why}")]
    Refused { status: u16, why: String },
    #[error("gave up after {} s: {why}", waited.as_secs())]
    GaveUp { waited: Duration, why: String },
}

impl Failed {
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused { status: 401, .. } => Some("is CREEL_API_KEY a key of that server?"),
            Self::Refused { status: 403, .. } => Some(
                "the key needs the scope `ingest`: `creel key create --name ci --scope ingest`",
            ),
            Self::Refused { status: 404 | 405, .. } => {
                Some("CREEL_URL is the address of the server's pages, without anything behind it")
            }
            Self::Refused { status: 300..=399, .. } => {
                Some("redirects are not followed, since the key would go along")
            }
            _ => None,
        }
    }
}

impl Destination {
    /// An address of http or https.
    pub fn new(address: &str, key: Secret) -> Result<Self, String> {
        let what = "CREEL_URL (--url) is an address such as https://creel.example.com";
        let address = address.trim();
        if !address.contains("://") {
            return Err(format!("{what}: `http://` or `https://` is missing before `{address}`"));
        }
        let base = Url::parse(address).map_err(|error| format!("{what}: {error}"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(format!("{what}, and nothing but http and https"));
        }
        Ok(Self { base, key, buildkite_token: None })
    }

    /// As it may be shown: without a name, a password and a query.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = self.base.clone();
        let _ = (shown.set_username(""), shown.set_password(None));
        shown.set_query(None);
        shown.set_fragment(None);
        shown.as_str().trim_end_matches('/').to_owned()
    }

    /// Where the tests of a build are to be seen.
    #[must_use]
    pub fn page_of(&self, build: &str) -> String {
        format!("{}/builds/{build}", self.shown())
    }

    fn endpoint(&self) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}/api/v1/reports", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        if let Some(token) = &self.buildkite_token {
            url.query_pairs_mut().append_pair("buildkiteToken", token.reveal());
        }
        url
    }
}

/// Send one request within the time that is left.
pub async fn send(
    client: &Client,
    to: &Destination,
    body: Body,
    begun: Instant,
    within: Duration,
    mut wait: impl FnMut(&str, Duration),
) -> Result<Value, Failed> {
    let Body { content_type, packed } = body;
    let packed = bytes::Bytes::from(packed);
    let mut tries = 0;
    loop {
        tries += 1;
        let left = within.saturating_sub(begun.elapsed());
        let outgoing = Outgoing {
            method: Method::POST,
            url: to.endpoint(),
            headers: vec![
                ("x-api-key".to_owned(), to.key.reveal().as_bytes().to_vec()),
                ("content-type".to_owned(), content_type.clone().into_bytes()),
                ("content-encoding".to_owned(), b"gzip".to_vec()),
                ("accept".to_owned(), b"application/json".to_vec()),
            ],
            body: packed.clone(),
            timeout: left,
        };
        let (why, asked) = match once(client, outgoing, left).await {
            Ok(Answered { status: 200..300, said, .. }) => return Ok(said),
            Ok(Answered { status: status @ (408 | 425 | 429 | 500..), asked, said, .. }) => {
                (format!("the server answered {status}{}", detail(&said)), asked)
            }
            Ok(Answered { status, said, location, .. }) => {
                let why = match location {
                    Some(location) => format!("it leads to {location}"),
                    None => detail(&said).trim_start_matches(": ").to_owned(),
                };
                return Err(Failed::Refused { status, why });
            }
            Err(error) => (error.to_string(), None),
        };
        let left = within.saturating_sub(begun.elapsed());
        let Some(pause) = pause_before_next(tries, asked, left) else {
            return Err(Failed::GaveUp { waited: begun.elapsed(), why });
        };
        wait(&why, pause);
        tokio::time::sleep(pause).await;
    }
}

struct Answered {
    status: u16,
    /// `Retry-After`.
    asked: Option<Duration>,
    location: Option<String>,
    said: Value,
}

async fn once(client: &Client, outgoing: Outgoing, left: Duration) -> Result<Answered, SendError> {
    let mut incoming = client.fetch(outgoing, Patience { head: left, idle: left }).await?;
    let header = |name: &str| {
        let found = incoming.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let (asked, location) = (header("retry-after"), header("location"));
    let mut text = Vec::new();
    while let Some(piece) = incoming.chunk().await? {
        text.extend_from_slice(&piece);
        if text.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(Answered {
        status: incoming.status,
        asked: asked.as_deref().and_then(asked_for),
        location: location.filter(|_| (300..400).contains(&incoming.status)).as_deref().map(plain),
        said: serde_json::from_slice(&text).unwrap_or(Value::Null),
    })
}

/// An address of a log's reader: without a query, which may hold the token that was sent.
fn plain(location: &str) -> String {
    location.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// What a problem document says.
fn detail(said: &Value) -> String {
    let text = said["detail"].as_str().or_else(|| said["error"].as_str());
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

/// `Retry-After`: seconds, or a date.
fn asked_for(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    let pause = at.timestamp().as_millisecond().saturating_sub(Timestamp::now().0);
    Some(Duration::from_millis(u64::try_from(pause).unwrap_or(0)))
}

/// How long to wait before the next try; `None` where there is no time for one. The last pause is as short
/// as leaves time for it, unless the server asked for a longer one.
fn pause_before_next(tries: u32, asked: Option<Duration>, left: Duration) -> Option<Duration> {
    let left = left.checked_sub(TRY_MIN)?;
    let pause = asked.unwrap_or_else(|| pause(tries).min(left));
    (pause <= left).then_some(pause)
}

/// Between half of it and all of it, so that the jobs of a build do not come back at once.
fn pause(tries: u32) -> Duration {
    let doubled = Duration::from_secs(1 << tries.saturating_sub(1).min(6)).min(PAUSE_MAX);
    let dice = uuid::Uuid::new_v4().as_bytes()[0];
    doubled.mul_f64(0.5 + 0.5 * f64::from(dice) / f64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(address: &str) -> Result<Destination, String> {
        Destination::new(address, Secret::new("not-a-key"))
    }

    #[test]
    fn reports_go_below_the_address_of_the_pages() {
        for (address, endpoint) in [
            ("https://creel.example.com", "https://creel.example.com/api/v1/reports"),
            (" http://10.0.0.1:3000/ ", "http://10.0.0.1:3000/api/v1/reports"),
            ("https://example.com/creel/?x=1", "https://example.com/creel/api/v1/reports"),
        ] {
            assert_eq!(to(address).expect("an address").endpoint().as_str(), endpoint);
        }
        for other in ["creel.example.com", "ftp://example.com", "file:///etc/passwd", ""] {
            assert!(
                to(other).expect_err("refused").contains("https://creel.example.com"),
                "{other}"
            );
        }
        let with = to("https://ada:not-a-word@example.com/creel/?k=v").expect("an address");
        assert_eq!(with.shown(), "https://example.com/creel");
    }

    #[test]
    fn pauses_grow_up_to_a_bound() {
        for (tries, seconds) in [(1, 1.0), (2, 2.0), (4, 8.0), (5, 15.0), (40, 15.0)] {
            let pause = pause(tries).as_secs_f64();
            assert!((seconds / 2.0..=seconds).contains(&pause), "{tries}: {pause}");
        }
    }

    #[test]
    fn the_last_pause_leaves_time_for_a_try_unless_the_server_asked_for_more() {
        let ms = Duration::from_millis;
        assert_eq!(pause_before_next(5, None, ms(3_000)), Some(ms(2_500)));
        assert_eq!(pause_before_next(5, Some(ms(2_000)), ms(3_000)), Some(ms(2_000)));
        assert_eq!(pause_before_next(5, Some(ms(60_000)), ms(3_000)), None);
        assert_eq!(pause_before_next(1, None, ms(400)), None);
    }

    #[test]
    fn how_long_to_wait_comes_as_seconds_or_as_a_date() {
        assert_eq!(asked_for(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(asked_for("Thu, 01 Jan 2026 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked_for("soon"), None);
    }
}
