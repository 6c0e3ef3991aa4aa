//! The list of a build's logs. The logs themselves are text, and read elsewhere. Nobody asks for the list:
//! the timeline names each log. It is read because it is documented and seen in the wild.

use super::answers::list;
use crate::model::{LogListed, Timestamp, Unreadable};
use crate::providers::azure_devops::json::shape;
use crate::providers::rest::Answer;

shape! {
    Log {
        id: i64 = "id",
        lines: i64 = "lineCount",
        changed_on: Timestamp = "lastChangedOn",
        created_on: Timestamp = "createdOn",
    }
}

/// In the order of their ids, which is that of their making.
pub fn logs(answer: &Answer) -> Result<Vec<LogListed>, Unreadable> {
    let mut told = list::<Log>(answer)?;
    told.sort_by_key(|log| log.id);
    let listed = told.into_iter().filter_map(|log| {
        Some(LogListed {
            key: log.id?.to_string(),
            lines: log.lines.filter(|lines| *lines >= 0),
            changed_at: log.changed_on.or(log.created_on),
        })
    });
    Ok(listed.collect())
}
