//! Lists of a provider that are longer than what is kept of them: what is here is here, and people see that
//! it is not all.

use serde_json::{Value, json};

use creel::workers::enricher::{Enricher, Progress};

use crate::support::desk::Desk;
use crate::support::receiver::{Received, Receiver, Reply};

const JSON: (&str, &str) = ("content-type", "application/json");

/// An organisation with one build, whose lists have one item a page and no end.
fn endless() -> Receiver {
    Receiver::answering(|received: &Received| {
        let path = received.path();
        let (value, is_endless) = if path.ends_with("/_apis/resourceAreas") {
            (json!({"count": 0, "value": null}), false)
        } else if path.ends_with("/_apis/build/builds/4211") {
            let build = json!({"id": 4211, "status": "completed", "result": "failed",
                "finishTime": "2026-09-21T08:00:00Z"});
            (build, false)
        } else if path.ends_with("/changes") {
            let page = received.target.rsplit('=').next().unwrap_or_default().to_owned();
            (
                json!({"count": 1, "value": [{"id": format!("c{page}"), "message": "one more"}]}),
                true,
            )
        } else {
            (json!({"count": 0, "value": []}), false)
        };
        let mut reply: Reply = (200, value).into();
        if is_endless {
            let count = received.target.rsplit('=').next().and_then(|text| text.parse().ok());
            let next =
                count.filter(|_| received.target.contains("continuationToken")).unwrap_or(0) + 1;
            reply.headers.push(("x-ms-continuationtoken", next.to_string()));
        }
        reply
    })
}

fn ask_all(desk: &Desk) {
    let messenger = desk.hub.vault().messenger().expect("a client").clone();
    let enricher = Enricher::new(&desk.hub, messenger);
    for _ in 0..1_000 {
        match desk.wait(enricher.step()).expect("a step") {
            Progress::Ran => {}
            Progress::Idle => return,
            Progress::Waiting(until) => {
                let left = u64::try_from(until.0 - desk.hub.clock().now().0).unwrap_or(0);
                desk.hub.clock().advance(std::time::Duration::from_millis(left));
            }
        }
    }
    panic!("it never ends");
}

fn aspect(desk: &Desk, build: &str, name: &str) -> Value {
    let shown = desk.get_json(&format!("/api/v1/builds/{build}/enrichment"));
    let items = shown["items"].as_array().expect("a list").clone();
    items.into_iter().find(|one| one["aspect"] == name).expect("the aspect")
}

#[test]
fn a_list_without_end_is_read_so_far_and_that_is_said() {
    let server = endless();
    let desk = Desk::open();
    let wish = json!({
        "provider": "azure_devops", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let headers = [(JSON.0.to_owned(), JSON.1.to_owned())];
    let (status, _) = desk.request("PUT", "/api/v1/access", &headers, wish.to_string().as_bytes());
    assert!(status.is_success(), "{status}");
    let hook = json!({
        "subscriptionId": "5b2f3a70-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "notificationId": 1,
        "id": "0d6c4f8e-1b7a-4a0d-9f43-2f6f4f0c1a01", "eventType": "build.complete",
        "publisherId": "tfs",
        "resource": {
            "id": 4211, "buildNumber": "20260921.1", "status": "completed", "result": "failed",
            "finishTime": "2026-09-21T08:00:00Z", "definition": {"id": 1, "name": "shop"},
            "project": {"id": "a7e47f75-3058-4e37-85a8-4f7806df1f73", "name": "Web"},
        },
        "resourceContainers": {
            "collection": {"id": "c2a7d1b0-6f5e-4d3c-9b8a-7f6e5d4c3b2a", "baseUrl": server.url("/contoso/")},
        },
        "createdDate": "2026-09-21T08:00:01Z",
    });
    desk.post("/webhooks/azure", &headers, hook.to_string().as_bytes());
    desk.step_all();
    ask_all(&desk);
    let builds = desk.get_json("/api/v1/builds");
    let build = builds["items"][0]["id"].as_str().expect("a build");
    let changes = aspect(&desk, build, "changes");
    assert_eq!((&changes["state"], &changes["code"]), (&json!("done"), &json!("cut")), "{changes}");
    let reason = changes["reason"].as_str().expect("a sentence");
    assert!(reason.contains("the provider lists more"), "{reason}");
    let listed = desk.get_json(&format!("/api/v1/builds/{build}/changes"));
    assert_eq!(listed["items"].as_array().expect("a list").len(), 100, "a page each");
    // What is whole says nothing.
    let artifacts = aspect(&desk, build, "artifacts");
    assert_eq!((&artifacts["state"], &artifacts["reason"]), (&json!("done"), &Value::Null));
}
