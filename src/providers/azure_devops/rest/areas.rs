//! Where the services of a base live, as the base says itself. Words, not instructions: who asks
//! decides which of them to follow.

use crate::model::Unreadable;
use crate::providers::azure_devops::json::{Told, shape};
use crate::providers::rest::Host;

/// The area by the id that the vendor's SDKs look for.
const RELEASE: &str = "efc2f575-36ef-48e9-b672-0c6fb4a48ac5";

shape! {
    Areas {
        value: Vec<Area> = "value",
    }
}

shape! {
    Area {
        id: String = "id",
        name: String = "name",
        location: String = "locationUrl",
    }
}

/// Addresses of services that do not live on the base. A server of one's own names none.
pub fn areas(body: &[u8]) -> Result<Vec<(Host, String)>, Unreadable> {
    let told: Told<Areas> = serde_json::from_slice(body).map_err(|error| Unreadable {
        reason: format!("it is no JSON: {error}"),
        path: ".".to_owned(),
    })?;
    let areas = told.0.unwrap_or_default().value.unwrap_or_default();
    let host = |area: &Area| {
        let is = |text: &Option<String>, word: &str| {
            text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        (is(&area.id, RELEASE) || is(&area.name, "release")).then_some(Host::Release)
    };
    Ok(areas.into_iter().filter_map(|area| Some((host(&area)?, area.location?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_id_or_by_name() {
        let body = br#"{"count": 3, "value": [
            {"id": "EFC2F575-36ef-48e9-b672-0c6fb4a48ac5", "name": "rm", "locationUrl": "https://one.test/r/"},
            {"id": "x", "name": "Release", "locationUrl": "https://one.test/s/"},
            {"id": "y", "name": "git", "locationUrl": "https://one.test/g/"},
            {"id": "efc2f575-36ef-48e9-b672-0c6fb4a48ac5", "locationUrl": 7}
        ]}"#;
        let found = ["https://one.test/r/", "https://one.test/s/"];
        assert_eq!(areas(body).unwrap(), found.map(|url| (Host::Release, url.to_owned())));
    }

    #[test]
    fn a_server_of_ones_own_names_none() {
        assert_eq!(areas(br#"{"count": 0, "value": null}"#).unwrap(), []);
        assert_eq!(areas(b"[]").unwrap(), []);
        assert!(areas(b"<html>").is_err());
    }
}
