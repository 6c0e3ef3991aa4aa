//! How the vendor's libraries find their way: places by GUID, hosts by area, and who asks.

use serde_json::{Value, json};

use super::{Answer, Call, Host, error, list};
use crate::simulator::world::contoso;

/// Versions that every place understands.
const MAX: &str = "7.2";
const RELEASED: &str = "7.1";

/// Id, area, resource, route. The GUIDs are those of the provider: its libraries have them built in.
#[rustfmt::skip]
const LOCATIONS: [(&str, &str, &str, &str); 31] = [
    ("603fe2ac-9723-48b9-88ad-09305aa6c6e1", "core", "projects", "_apis/{resource}/{*projectId}"),
    ("e81700f7-3be2-46de-8624-2eb35882fcaa", "Location", "ResourceAreas", "_apis/{resource}/{areaId}"),
    ("00d9565f-ed9c-4a06-9a50-00e7896ccab4", "Location", "ConnectionData", "_apis/{resource}"),
    ("0cd358e1-9217-4d94-8269-1c1ee6f93dcf", "build", "Builds", "{project}/_apis/{area}/{resource}/{buildId}"),
    ("8baac422-4c6e-4de5-8532-db96d92acffa", "build", "Timeline", "{project}/_apis/{area}/builds/{buildId}/{resource}/{timelineId}"),
    ("35a80daf-7f30-45fc-86e8-6b813d9c90df", "build", "logs", "{project}/_apis/{area}/builds/{buildId}/{resource}/{logId}"),
    ("54572c7b-bbd3-45d4-80dc-28be08941620", "build", "changes", "{project}/_apis/{area}/builds/{buildId}/{resource}"),
    ("f10f0ea5-18a1-43ec-a8fb-2042c7be9b43", "build", "changes", "{project}/_apis/{area}/{resource}"),
    ("5a21f5d2-5642-47e4-a0bd-1356e6731bee", "build", "workitems", "{project}/_apis/{area}/builds/{buildId}/{resource}"),
    ("52ba8915-5518-42e3-a4bb-b0182d159e2d", "build", "workitems", "{project}/_apis/{area}/{resource}"),
    ("1db06c96-014e-44e1-ac91-90b2d4b3e984", "build", "artifacts", "{project}/_apis/{area}/builds/{buildId}/{resource}"),
    ("6e6114b2-8161-44c8-8f6c-c5505782427f", "build", "tags", "{project}/_apis/{area}/builds/{buildId}/{resource}"),
    ("dbeaf647-6167-421a-bda9-c9327b25e2e6", "build", "Definitions", "{project}/_apis/{area}/{resource}/{definitionId}"),
    ("cadb3810-d47d-4a3c-a234-fe5f3be50138", "Test", "Runs", "{project}/_apis/{area}/{resource}/{runId}"),
    ("4637d869-3a76-4468-8057-0bb02aa385cf", "Test", "Results", "{project}/_apis/{area}/Runs/{runId}/{resource}/{testCaseResultId}"),
    ("0a42c424-d764-4a16-a2d5-5c85f87d0ae8", "Test", "Statistics", "{project}/_apis/{area}/Runs/{runId}/{resource}"),
    ("e009fa95-95a5-4ad4-9681-590043ce2423", "testresults", "ResultSummaryByBuild", "{project}/_apis/{area}/{resource}"),
    ("a518c749-4524-45b2-a7ef-1ac009b312cd", "testresults", "ResultDetailsByBuild", "{project}/_apis/{area}/{resource}"),
    ("a8c47e17-4d56-4a56-92bb-de7ea7dc65be", "distributedtask", "pools", "_apis/{area}/{resource}/{poolId}"),
    ("e298ef32-5878-4cab-993c-043836571f42", "distributedtask", "agents", "_apis/{area}/pools/{poolId}/{resource}/{agentId}"),
    ("900fa995-c559-4923-aae7-f8424fe4fbea", "distributedtask", "queues", "{project}/_apis/{area}/{resource}/{queueId}"),
    ("a166fde7-27ad-408e-ba75-703c2cc9d500", "Release", "releases", "{project}/_apis/{area}/{resource}/{releaseId}"),
    ("b005ef73-cddc-448e-9ba2-5193bf36b19f", "Release", "deployments", "{project}/_apis/{area}/{resource}"),
    ("b47c6458-e73b-47cb-a770-4df1e8813a91", "Release", "approvals", "{project}/_apis/{area}/{resource}"),
    ("d8f96f24-8ea7-4cb6-baab-2df8fc515665", "Release", "definitions", "{project}/_apis/{area}/{resource}/{definitionId}"),
    ("965220d5-5bb9-42cf-8d67-9b146df2a5a4", "area", "build", ""),
    ("79134c72-4a58-4b42-976c-04e7115f32bf", "area", "core", ""),
    ("c2aa639c-3ccc-4740-b3b6-ce2a1e1d984e", "area", "Test", ""),
    ("c83eaf52-edf3-4034-ae11-17d38f25404c", "area", "testresults", ""),
    ("a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd", "area", "distributedtask", ""),
    ("efc2f575-36ef-48e9-b672-0c6fb4a48ac5", "area", "Release", ""),
];

/// `OPTIONS _apis` and `OPTIONS _apis/{area}`
pub fn locations(path: &[&str]) -> Answer {
    let wanted = match path {
        ["_apis"] => None,
        ["_apis", area] => Some(*area),
        _ => return error(404, "There are no resources here.", "HttpException"),
    };
    let known: Vec<Value> = LOCATIONS
        .iter()
        .filter(|(_, area, _, route)| {
            !route.is_empty() && wanted.is_none_or(|wanted| area.eq_ignore_ascii_case(wanted))
        })
        .map(|(id, area, resource, route)| {
            json!({
                "id": id,
                "area": area,
                "resourceName": resource,
                "routeTemplate": route,
                "resourceVersion": 9,
                "minVersion": "1.0",
                "maxVersion": MAX,
                "releasedVersion": RELEASED,
            })
        })
        .collect();
    list(&known)
}

/// `GET _apis/resourceAreas`: which host answers for which area.
pub fn areas(call: &Call<'_>, path: &[&str]) -> Answer {
    let area = |(id, _, name, _): &(&str, &str, &str, &str)| {
        let host = match *name {
            "Release" => Host::Releases,
            "testresults" => Host::TestResults,
            _ => Host::Main,
        };
        json!({ "id": id, "name": name, "locationUrl": call.host_base(host) })
    };
    let all = LOCATIONS.iter().filter(|(_, kind, _, _)| *kind == "area");
    match path {
        [] => list(&all.map(area).collect::<Vec<_>>()),
        [wanted] => match all.map(area).find(|area| area["id"] == **wanted) {
            Some(area) => Answer::json(200, &area),
            None => error(404, "The resource area is not known.", "ResourceAreaNotFoundException"),
        },
        _ => super::nowhere(call),
    }
}

/// `GET _apis/connectionData`: who asks; somebody anonymous when no proof was brought along.
pub fn connection(call: &Call<'_>, is_known: bool) -> Answer {
    let organisation = contoso();
    let user = if is_known {
        let person = &organisation.people[0];
        json!({
            "id": person.id.text(),
            "descriptor": format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{}", person.mail),
            "subjectDescriptor": person.descriptor,
            "providerDisplayName": person.name,
            "isActive": true,
            "properties": { "Account": { "$type": "System.String", "$value": person.mail } },
            "resourceVersion": 2,
            "metaTypeId": 0,
        })
    } else {
        json!({
            "id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
            "descriptor": "System:PublicAccess;aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
            "subjectDescriptor": "",
            "providerDisplayName": "Anonymous",
            "isActive": true,
            "properties": { "Account": { "$type": "System.String", "$value": "Anonymous" } },
            "resourceVersion": 2,
            "metaTypeId": 0,
        })
    };
    Answer::json(
        200,
        &json!({
            "authenticatedUser": user,
            "authorizedUser": user,
            "instanceId": organisation.collection.text(),
            "deploymentId": organisation.account.text(),
            "deploymentType": "hosted",
            "locationServiceData": {
                "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7",
                "defaultAccessMappingMoniker": "PublicAccessMapping",
                "clientCacheFresh": false,
                "lastChangeId": 1,
                "lastChangeId64": 1,
                "locationUrl": call.base(),
            },
        }),
    )
}
