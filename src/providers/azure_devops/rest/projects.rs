//! The projects that a token may see.

use super::answers::{Cursor, Page, counted};
use super::calls::PROJECTS_PAGE;
use crate::model::Unreadable;
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::shape;
use crate::providers::rest::Answer;

shape! {
    ProjectItem {
        id: String = "id",
        name: String = "name",
        state: String = "state",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectTold {
    pub id: String,
    pub name: Option<String>,
    /// The service's word: `wellFormed`, `deleting`.
    pub state: Option<String>,
}

/// `cursor` is the one that the page was asked with. The cloud tells a token, servers do not.
pub fn projects(answer: &Answer, cursor: Option<&Cursor>) -> Result<Page<ProjectTold>, Unreadable> {
    let (told, count) = counted::<ProjectItem>(answer)?;
    let items: Vec<_> = told
        .into_iter()
        .filter_map(|it| {
            let id = address::guid(it.id.as_deref()?)?;
            Some(ProjectTold { id, name: it.name, state: it.state })
        })
        .collect();
    let by_token = Page::by_token(&answer.head, items);
    if by_token.next.is_some() || matches!(cursor, Some(Cursor::Token(_))) {
        return Ok(by_token);
    }
    let from = match cursor {
        Some(Cursor::Skip(count)) => *count,
        Some(Cursor::Token(_)) | None => 0,
    };
    Ok(Page::by_length(by_token.items, count, PROJECTS_PAGE, from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::azure_devops::rest::fixtures::answer;

    #[test]
    fn projects_go_on_by_either_way() {
        let project = |number: usize| json!({"id": format!("3d52c8f0-71aa-4e0b-8c19-{number:012}"), "name": "p"});
        let body = |count: usize| json!({"value": (1..=count).map(project).collect::<Vec<_>>()});
        let whole = answer(&body(PROJECTS_PAGE));
        assert_eq!(projects(&whole, None).unwrap().next, Some(Cursor::Skip(PROJECTS_PAGE)));
        let token = Cursor::Token("200".to_owned());
        assert_eq!(projects(&whole, Some(&token)).unwrap().next, None);
        assert_eq!(projects(&answer(&body(3)), None).unwrap().next, None);
        assert_eq!(projects(&answer(&body(3)), None).unwrap().items.len(), 3);
    }
}
