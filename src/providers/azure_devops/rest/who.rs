//! Whose token it is, and which projects it may see.

use super::answers::{Cursor, Page, counted, object};
use super::calls::PROJECTS_PAGE;
use crate::model::{TokenInfo, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::shape;
use crate::providers::rest::Answer;

shape! {
    Connected {
        user: User = "authenticatedUser",
        instance_id: String = "instanceId",
    }
}

shape! {
    User {
        id: String = "id",
        descriptor: String = "descriptor",
        name: String = "providerDisplayName",
        custom_name: String = "customDisplayName",
        properties: Properties = "properties",
    }
}

shape! {
    Properties {
        account: Account = "Account",
    }
}

shape! {
    Account {
        value: String = "$value",
    }
}

shape! {
    ProjectItem {
        id: String = "id",
        name: String = "name",
        state: String = "state",
    }
}

/// Who the service takes the asker for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// `None`: for nobody. The token was not looked at, and public things are shown all the same.
    pub token: Option<TokenInfo>,
    /// GUID of the organisation or collection, as hooks name it.
    pub collection: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectTold {
    pub id: String,
    pub name: Option<String>,
    /// The service's word: `wellFormed`, `deleting`.
    pub state: Option<String>,
}

pub fn connection(answer: &Answer) -> Result<Connection, Unreadable> {
    let told: Connected = object(answer)?.unwrap_or_default();
    let collection = told.instance_id.as_deref().and_then(address::guid);
    let user = told.user.filter(|user| !is_anonymous(user));
    let token = user.map(|user| {
        let account = user.properties.and_then(|it| it.account?.value);
        // Scopes and expiry of a token are told to nobody.
        let who = user.custom_name.or(user.name).or(account);
        TokenInfo { who, scopes: None, expires_at: None }
    });
    Ok(Connection { token, collection })
}

fn is_anonymous(user: &User) -> bool {
    const NOBODY: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
    let is = |text: &Option<String>, word: &str| {
        text.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
    };
    let by_descriptor = || {
        let prefix = "System:PublicAccess";
        user.descriptor.as_deref().is_some_and(|it| it.starts_with(prefix))
    };
    is(&user.id, NOBODY) || by_descriptor() || is(&user.name, "Anonymous")
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
    use crate::providers::azure_devops::rest::fixtures::{answer, bytes};

    #[test]
    fn a_connection_names_the_token_s_owner() {
        let body = json!({
            "authenticatedUser": {
                "id": "3d52c8f0-71aa-4e0b-8c19-000000000001", "providerDisplayName": "Ada Quay",
                "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;x",
                "properties": {"Account": {"$type": "System.String", "$value": "ada@lumen.test"}}
            },
            "instanceId": "7D1F3C52-0B8E-4A6D-9C11-2F6B8A90E3D4"
        });
        let read = connection(&answer(&body)).unwrap();
        assert_eq!(read.collection.as_deref(), Some("7d1f3c52-0b8e-4a6d-9c11-2f6b8a90e3d4"));
        assert_eq!(read.token.unwrap().who.as_deref(), Some("Ada Quay"));
    }

    #[test]
    fn a_token_that_was_not_looked_at_belongs_to_nobody() {
        for user in [
            json!({"id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}),
            json!({"descriptor": "System:PublicAccess;x"}),
            json!({"providerDisplayName": "Anonymous"}),
            json!(null),
        ] {
            let read = connection(&answer(&json!({"authenticatedUser": user}))).unwrap();
            assert_eq!(read.token, None, "{user}");
        }
        assert_eq!(connection(&bytes(200, b"")).unwrap().token, None);
        assert!(connection(&bytes(200, b"<html>")).is_err());
    }

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
