//! Whose token it is. Of its scopes and its end the service tells nothing: they show in what it lets
//! one read.

use crate::model::{TokenInfo, Unreadable};
use crate::providers::azure_devops::json::{Label, Told, shape};
use crate::providers::rest::Answer;

/// The user that stands for everybody who is not known.
const ANONYMOUS: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

shape! {
    Connection {
        user: User = "authenticatedUser",
    }
}

shape! {
    User {
        id: String = "id",
        custom_name: String = "customDisplayName",
        name: String = "providerDisplayName",
        descriptor: String = "descriptor",
        properties: Properties = "properties",
    }
}

shape! {
    Properties {
        account: Property = "Account",
    }
}

shape! {
    Property {
        value: String = "$value",
    }
}

shape! {
    Listed {
        value: Vec<Item> = "value",
    }
}

shape! {
    Item {
        id: Label = "id",
    }
}

fn unreadable(error: &serde_json::Error) -> Unreadable {
    Unreadable { reason: format!("it is no JSON: {error}"), path: ".".to_owned() }
}

/// Read the connection: who asked. `None`: nobody in particular; the token was not looked at.
pub fn token(answer: &Answer) -> Result<Option<TokenInfo>, Unreadable> {
    let told: Told<Connection> =
        serde_json::from_slice(&answer.body).map_err(|error| unreadable(&error))?;
    let Some(user) = told.0.and_then(|connection| connection.user) else { return Ok(None) };
    let is_anonymous = user.id.as_deref().is_none_or(|id| id.eq_ignore_ascii_case(ANONYMOUS))
        || user.descriptor.as_deref().is_some_and(|text| text.starts_with("System:PublicAccess"));
    if is_anonymous {
        return Ok(None);
    }
    let account = user.properties.and_then(|all| all.account).and_then(|account| account.value);
    let who = match (user.custom_name.or(user.name), account) {
        (Some(name), Some(account)) if name != account => Some(format!("{name} ({account})")),
        (name, account) => name.or(account),
    };
    Ok(Some(TokenInfo { who, scopes: None, expires_at: None }))
}

/// Id of the first item of a list.
pub fn first_id(answer: &Answer) -> Result<Option<String>, Unreadable> {
    let told: Told<Listed> =
        serde_json::from_slice(&answer.body).map_err(|error| unreadable(&error))?;
    let items = told.0.and_then(|listed| listed.value).unwrap_or_default();
    Ok(items.into_iter().next().and_then(|item| item.id).map(|label| label.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::providers::rest::Head;

    fn answer(body: &str) -> Answer {
        Answer { head: Head::default(), body: body.as_bytes().to_vec(), at: Timestamp(0) }
    }

    #[test]
    fn a_connection_tells_whose_token_it_is() {
        let told = answer(
            r#"{"authenticatedUser": {"id": "0b8c1a52-6a6d-4f5b-a0d7-6a1b8a0c2d11",
                "providerDisplayName": "Ada", "properties": {"Account": {"$type": "System.String",
                "$value": "ada@contoso.test"}}}, "instanceId": "x"}"#,
        );
        let who = token(&told).unwrap().unwrap().who;
        assert_eq!(who.as_deref(), Some("Ada (ada@contoso.test)"));
    }

    #[test]
    fn a_token_that_was_not_looked_at_is_nobodys() {
        for body in [
            r#"{"authenticatedUser": {"id": "AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "providerDisplayName": "Anonymous"}}"#,
            r#"{"authenticatedUser": {"id": "x", "descriptor": "System:PublicAccess;x"}}"#,
            r#"{"authenticatedUser": null}"#,
            "{}",
        ] {
            assert_eq!(token(&answer(body)).unwrap(), None, "{body}");
        }
        assert!(token(&answer("<html>")).is_err());
    }

    #[test]
    fn the_first_of_a_list_has_a_number_or_a_guid() {
        let first = |body| first_id(&answer(body)).unwrap();
        assert_eq!(first(r#"{"count": 1, "value": [{"id": 7}]}"#).as_deref(), Some("7"));
        assert_eq!(first(r#"{"value": [{"id": "a7e4"}, {"id": "b"}]}"#).as_deref(), Some("a7e4"));
        assert_eq!(first(r#"{"count": 0, "value": null}"#), None);
    }
}
