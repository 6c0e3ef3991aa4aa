//! The commits of a build.

use super::answers::{Page, list};
use crate::model::{Change, Timestamp, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::git::commit;
use crate::providers::azure_devops::json::shape;
use crate::providers::azure_devops::payload::Identity;
use crate::providers::rest::Answer;

/// Longest message that is kept, in characters.
const MESSAGE_MAX: usize = 64 * 1024;

shape! {
    Told {
        /// A hash in any capitals, or the changeset `C123`.
        id: String = "id",
        message: String = "message",
        is_truncated: bool = "messageTruncated",
        author: Identity = "author",
        timestamp: Timestamp = "timestamp",
        /// Of the API itself.
        location: String = "location",
        /// A page for people.
        page: String = "displayUri",
    }
}

/// In the order of the answer: the latest first.
pub fn changes(answer: &Answer) -> Result<Page<Change>, Unreadable> {
    let items = list::<Told>(answer)?.into_iter().filter_map(read).collect();
    Ok(Page::by_token(&answer.head, items))
}

fn read(told: Told) -> Option<Change> {
    let id = told.id?;
    let is_page = |url: &&String| !url.contains("/_apis/");
    let url = told.page.as_ref().or(told.location.as_ref().filter(is_page));
    Some(Change {
        commit: commit(Some(&id)).unwrap_or(id),
        author: told.author.and_then(|author| author.display_name),
        message: told.message.map(|message| {
            let mut kept: String = message.chars().take(MESSAGE_MAX).collect();
            if told.is_truncated == Some(true) || kept.len() < message.len() {
                kept.push('…');
            }
            kept
        }),
        at: told.timestamp,
        url: url.and_then(|url| address::link(url)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::azure_devops::rest::answers::Cursor;
    use crate::providers::azure_devops::rest::fixtures::{answer, with_token};

    #[test]
    fn a_change_is_a_commit_or_a_changeset() {
        let body = json!({"count": 3, "value": [
            {
                "id": "5A1C9E7F0B2D4F6A8C0E1B3D5F7A9C1E3B5D7F90", "type": "TfsGit",
                "message": "Hoist the crates", "messageTruncated": true,
                "author": {"displayName": "Ada Quay"}, "timestamp": "2026-02-13T13:59:01Z",
                "location": "https://dev.azure.com/lumen-works/_apis/git/repositories/1/commits/5a",
                "displayUri": "https://dev.azure.com/lumen-works/Harbour/_git/quay/commit/5a"
            },
            {"id": "C123", "location": "https://dev.azure.com/lumen-works/_apis/tfvc/changesets/123"},
            {"message": "of nothing"}
        ]});
        let page = changes(&with_token(&body, "9")).unwrap();
        assert_eq!(page.next, Some(Cursor::Token("9".to_owned())));
        insta::assert_yaml_snapshot!(page.items, @r#"
        - commit: 5a1c9e7f0b2d4f6a8c0e1b3d5f7a9c1e3b5d7f90
          author: Ada Quay
          message: Hoist the crates…
          at: "2026-02-13T13:59:01.000Z"
          url: "https://dev.azure.com/lumen-works/Harbour/_git/quay/commit/5a"
        - commit: c123
          author: ~
          message: ~
          at: ~
          url: ~
        "#);
    }

    #[test]
    fn a_build_without_changes_has_none() {
        assert_eq!(changes(&answer(&json!({"count": 0, "value": []}))).unwrap().items, []);
    }
}
