//! Logs. They are asked for as text and need no reading; this is the other form of them.

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
