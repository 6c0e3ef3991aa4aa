//! What a provider keeps with somebody else: it answers with an address that is good for anyone who has it.
//!
//! The token stays behind, and whoever answers there is followed no further. That address is not told
//! to anybody, in no error either: it carries its own proof.

use bytes::Bytes;
use url::Url;

use super::{Access, AskError, Messenger};
use crate::outbound::{Incoming, Method, Outgoing};
use crate::providers::rest::{Answer, Call, Head, Refusal};

impl Messenger {
    /// Ask where something is kept, and fetch it there: at most `call.bytes_max` of it.
    pub async fn ask_elsewhere(&self, access: &Access, call: &Call) -> Result<Answer, AskError> {
        let vouched = self.whereabouts(access, call).await?;
        let limits = self.inner.limits;
        let asked = self.send(access, &vouched, call, limits.small).await;
        let told = self.noted(access, call, asked)?;
        let at = told.at();
        let (status, location) = (told.head().status, told.head().header("location"));
        let url = place(vouched.base(), location).map_err(|words| {
            // It is so each time: that of others can be had all the same.
            AskError::Refused(Refusal::Rejected { status, told: Some(words.to_owned()) })
        })?;
        // Leave to ask is given back before: the other place has no part in how often may be asked.
        drop(told);
        let outgoing = Outgoing {
            method: Method::GET,
            url,
            headers: vec![("accept".to_owned(), b"*/*".to_vec())],
            body: Bytes::new(),
            timeout: limits.small,
        };
        let mut incoming = self.inner.client.fetch(outgoing, limits.patience).await?;
        let head = Head { status: incoming.status, headers: std::mem::take(&mut incoming.headers) };
        judge(head.status)?;
        Ok(Answer { head, body: whole(incoming, call.bytes_max).await?, at })
    }
}

/// Where to go, or why not. From https only to https.
fn place(base: &str, location: Option<&str>) -> Result<Url, &'static str> {
    let location = location.ok_or("it does not say where it is kept")?;
    let url = Url::parse(location).map_err(|_| "where it is kept is no address")?;
    let is_open = base.starts_with("http://");
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_open => Ok(url),
        _ => Err("where it is kept is no https address"),
    }
}

/// What a status means there, where nobody has an account.
fn judge(status: u16) -> Result<(), AskError> {
    let told = |words: &str| Some(format!("{words}, from where the provider keeps it"));
    Err(AskError::Refused(match status {
        200..=299 => return Ok(()),
        404 | 410 => Refusal::Gone,
        429 => Refusal::Throttled { wait: None },
        401 | 403 => Refusal::Rejected { status, told: told("a store that is closed to others") },
        300..=399 => Refusal::Rejected { status, told: told("a redirect, which is not followed") },
        500.. => Refusal::Unwell { status, wait: None },
        _ => Refusal::Rejected { status, told: told("a refusal") },
    }))
}

async fn whole(mut incoming: Incoming, bytes_max: u64) -> Result<Vec<u8>, AskError> {
    let too_large = || AskError::Refused(Refusal::TooLarge { bytes_max });
    if incoming.length.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(piece) = incoming.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() as u64 > bytes_max {
            return Err(too_large());
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_https_it_goes_to_https_alone() {
        let cloud = "https://api.buildkite.com/v2";
        let store = "https://store.example/a?sig=x";
        assert_eq!(place(cloud, Some(store)).unwrap().as_str(), store);
        for location in
            [None, Some("/v2/a"), Some("http://store.example/a"), Some("file:///etc/passwd")]
        {
            let error = place(cloud, location).unwrap_err();
            assert!(!error.contains("store.example"), "{location:?}: {error}");
        }
        assert!(place("http://127.0.0.1:4100/v2", Some("http://localhost:4100/a")).is_ok());
    }

    #[test]
    fn what_the_other_place_says_is_not_said_of_the_token() {
        assert!(judge(200).is_ok());
        for (status, code) in
            [(403, "rejected"), (302, "rejected"), (404, "gone"), (503, "provider_unwell")]
        {
            assert_eq!(judge(status).unwrap_err().code(), code, "{status}");
        }
    }
}
