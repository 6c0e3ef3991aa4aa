//! Logs. They are asked for as text and need no reading; this is the other form of them, in which the
//! vendor documents them and in which they are found in the wild. Nobody asks for it.

use serde::Deserialize;

use super::super::fields::Object;
use crate::model::Unreadable;
use crate::providers;

/// The text of a log out of its JSON form (`{"content": ..., "size": ..., "header_times": ...}`).
pub fn log_content(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Log {
        content: Option<String>,
    }
    let Object::<Log>(log) = providers::parse(body)?;
    let missing =
        || Unreadable { reason: "content is missing".to_owned(), path: "content".to_owned() };
    log.and_then(|log| log.content).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_log_is_its_content_whatever_that_is() {
        let body =
            br#"{"url": "x", "content": "~~~ Go\r\n\u001b[31mred", "size": 9, "header_times": []}"#;
        assert_eq!(log_content(body).unwrap(), "~~~ Go\r\n\u{1b}[31mred");
        assert_eq!(log_content(br#"{"content": "..."}"#).unwrap(), "...");
        assert_eq!(log_content(br#"{"content": ""}"#).unwrap(), "");
        for body in [&b"{}"[..], b"[]", b"{\"content\": null}", b"~~~ Go", b""] {
            assert!(log_content(body).is_err());
        }
    }
}
