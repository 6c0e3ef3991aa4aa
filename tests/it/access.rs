//! Tokens by which providers are asked: who may set them, where they go, what is shown of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel::access::NoAccess;
use creel::model::{AccessId, KeyId, Purpose};
use creel::providers::rest::{Accept, Call, Host};
use creel::workers::inspector::Inspector;
use serde_json::{Value, json};

use crate::support::desk::Desk;
use crate::support::receiver::{Received, Receiver, Reply};

const JSON: (&str, &str) = ("content-type", "application/json");

fn sent(desk: &Desk, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let headers = [(JSON.0.to_owned(), JSON.1.to_owned())];
    let (status, answer) = desk.request(method, target, &headers, body.to_string().as_bytes());
    (status.as_u16(), serde_json::from_slice(&answer).unwrap_or_default())
}

fn set(desk: &Desk, wish: &Value) -> Value {
    let (status, answer) = sent(desk, "PUT", "/api/v1/access", wish);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn checked(desk: &Desk, id: &Value) -> Value {
    let target = format!("/api/v1/access/{}/check", id.as_str().expect("an id"));
    let (status, answer) = sent(desk, "POST", &target, &Value::Null);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn items(desk: &Desk) -> Vec<Value> {
    desk.get_json("/api/v1/access")["items"].as_array().expect("items").clone()
}

/// A build of an organisation, with the address that the organisation is said to have.
fn hook(base_url: &str) -> Vec<u8> {
    let name = base_url.rsplit('/').next().expect("a name");
    json!({
        "subscriptionId": "4c8d2f8e-5f0a-4d5a-9d38-3f6c0a7c1a01", "notificationId": 1,
        "id": "0d1a6d0e-0001-4f5b-a0d7-6a1b8a0c2d11", "eventType": "build.complete",
        "publisherId": "tfs", "resourceVersion": "2.0",
        "resource": {
            "id": 4211, "buildNumber": "20260213.1", "status": "completed", "result": "failed",
            "url": format!("{base_url}/_apis/build/Builds/4211"),
            "definition": {"id": 7, "name": "shop-ci"},
            "finishTime": "2026-02-13T14:30:00Z",
        },
        "resourceContainers": {
            "collection": {"id": format!("c0000000-0000-4000-8000-{:0>12}", name.len()), "baseUrl": base_url},
            "project": {"id": "a7e47f75-3058-4e37-85a8-4f7806df1f73", "baseUrl": base_url},
        },
        "createdDate": "2026-02-13T14:30:01Z",
    })
    .to_string()
    .into_bytes()
}

fn heard(desk: &Desk, base_url: &str, query: &str) {
    let headers = [(JSON.0.to_owned(), JSON.1.to_owned())];
    desk.post(&format!("/webhooks/azure{query}"), &headers, &hook(base_url));
    desk.step_all();
}

fn source(desk: &Desk) -> Value {
    desk.get_json("/api/v1/sources")["items"][0].clone()
}

/// An organisation of Azure DevOps that lets a token read what `may` allows.
fn azure(may: impl Fn(&str) -> bool + Send + Sync + 'static) -> Receiver {
    Receiver::answering(move |received: &Received| {
        let path = received.path();
        if !may(path) {
            return (401, json!({"message": "TF400813: the user is not authorized"})).into();
        }
        let value = match path {
            "/contoso/_apis/connectionData" => json!({"authenticatedUser": {
                "id": "0b8c1a52-6a6d-4f5b-a0d7-6a1b8a0c2d11", "providerDisplayName": "Ada",
            }}),
            "/contoso/_apis/projects" => {
                json!({"count": 1, "value": [{"id": "a7e47f75-3058-4e37-85a8-4f7806df1f73", "name": "Web"}]})
            }
            "/contoso/a7e47f75-3058-4e37-85a8-4f7806df1f73/_apis/build/builds" => {
                json!({"count": 1, "value": [{"id": 4211}]})
            }
            "/contoso/_apis/resourceAreas" => json!({"count": 0, "value": null}),
            _ => json!({"count": 0, "value": []}),
        };
        (200, value).into()
    })
}

fn question() -> Call {
    Call {
        host: Host::Main,
        path: "/_apis/x".to_owned(),
        query: Vec::new(),
        accept: Accept::Json,
        what: "it",
        right: "Build (read)",
        bytes_max: 1_000,
    }
}

#[test]
fn a_token_comes_in_and_never_out_again() {
    let desk = Desk::open();
    let wish = json!({
        "provider": "azure_devops", "base": "https://dev.azure.com/Contoso/",
        "token": "not-a-real-token", "expires_at": "2027-01-31",
    });
    let shown = set(&desk, &wish);
    assert_eq!(shown["base"], "https://dev.azure.com/Contoso");
    let words = ["read", "pat", "set", "untried"].map(Value::from);
    assert_eq!(
        [&shown["purpose"], &shown["kind"], &shown["origin"], &shown["state"]],
        words.each_ref()
    );
    assert_eq!(shown["expires_at"], "2027-01-31T00:00:00.000Z");
    assert_eq!(items(&desk), std::slice::from_ref(&shown));

    // Another one takes its place; one to write with stands beside it.
    let other = json!({"token": "another-unreal-token", "purpose": "write"});
    let mut wish = wish;
    wish.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    set(&desk, &wish);
    wish["purpose"] = "read".into();
    let again = set(&desk, &wish);
    assert_eq!(again["id"], shown["id"]);
    assert_ne!(again["fingerprint"], shown["fingerprint"]);
    assert_eq!(items(&desk).len(), 2);

    let audit = desk.get_json("/api/v1/audit?action=token.set");
    let says = "set a token for https://dev.azure.com/Contoso, to read";
    assert_eq!(audit["items"][2]["says"], says);
    for text in [audit.to_string(), desk.get_json("/api/v1/access").to_string()] {
        assert!(!text.contains("not-a-real") && !text.contains("unreal"), "{text}");
    }
    let bytes = std::fs::read(desk.data().join("books.db-wal")).unwrap();
    assert!(!bytes.windows(10).any(|part| part == b"not-a-real"));

    let target = format!("/api/v1/access/{}", shown["id"].as_str().unwrap());
    assert_eq!(sent(&desk, "DELETE", &target, &Value::Null).0, 204);
    assert_eq!(sent(&desk, "DELETE", &target, &Value::Null).0, 404);
    assert_eq!(items(&desk).len(), 1);
}

#[test]
fn a_base_outside_the_providers_domain_takes_an_administrators_word() {
    let desk = Desk::open();
    let mut wish = json!({
        "provider": "azure_devops", "base": "http://tfs.acme.test:8080/tfs/Main", "token": "not-a-real-token",
    });
    let (status, problem) = sent(&desk, "PUT", "/api/v1/access", &wish);
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("#/confirm_base")),
        "{problem}"
    );
    assert_eq!(items(&desk), Vec::<Value>::new());
    wish["confirm_base"] = true.into();
    assert_eq!(set(&desk, &wish)["is_own_domain"], false);
    let said = desk.get_json("/api/v1/audit")["items"][0]["says"].clone();
    let says = "set a token for http://tfs.acme.test:8080/tfs/Main, to read, an address outside the \
                provider's own domain";
    assert_eq!(said, says);
}

#[test]
fn what_cannot_be_a_token_is_named() {
    let desk = Desk::open();
    for (wish, pointer) in [
        (json!({"provider": "github", "token": "x"}), "#/provider"),
        (json!({"provider": "gitea", "token": "x"}), "#/provider"),
        (json!({"provider": "azure_devops", "token": "x"}), "#/base"),
        (
            json!({"provider": "azure_devops", "base": "https://a:b@dev.azure.com/c", "token": "x"}),
            "#/base",
        ),
        (json!({"provider": "buildkite"}), "#/token"),
        (json!({"provider": "buildkite", "token": "with blank"}), "#/token"),
        (json!({"provider": "buildkite", "token": "x", "tenant": "y"}), "#/token"),
        (
            json!({"provider": "buildkite", "tenant": "y", "client_id": "z", "client_secret": "s"}),
            "#/token",
        ),
        (json!({"provider": "buildkite", "token": "x", "expires_at": "soon"}), "#/expires_at"),
        (
            json!({"provider": "azure_devops", "base": "https://dev.azure.com/c", "tenant": "y",
                   "client_id": "z", "client_secret": "s", "authority": "http://login.acme.test"}),
            "#/authority",
        ),
    ] {
        let (status, problem) = sent(&desk, "PUT", "/api/v1/access", &wish);
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{wish}");
    }
}

#[test]
fn a_look_at_a_token_of_azure_devops_tries_what_it_can_read() {
    let server = azure(|path| !path.contains("/_apis/distributedtask") && !path.contains("/test/"));
    let desk = Desk::open();
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let id = set(&desk, &wish)["id"].clone();
    let look = checked(&desk, &id);
    assert_eq!((&look["who"], &look["error"]), (&json!("Ada"), &Value::Null));
    let tried: Vec<_> = look["tried"].as_array().unwrap().iter().collect();
    let told: Vec<_> = tried
        .iter()
        .map(|one| {
            format!("{}: {}", one["right"].as_str().unwrap(), one["outcome"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ": ok",
        "Build (read): ok",
        "Test Management (read): lacking",
        "Release (read): ok",
        "Agent Pools (read): lacking",
    ];
    assert_eq!(told, expected);
    assert_eq!(look["access"]["missing"], json!(["Test Management (read)", "Agent Pools (read)"]));
    assert_eq!(look["access"]["state"], "lacks_scope");
    let scopes = json!(["Build (read)", "Release (read)"]);
    assert_eq!(look["access"]["scopes"], scopes);
}

#[test]
fn a_token_that_is_not_looked_at_by_the_provider_is_refused() {
    let anonymous = json!({"authenticatedUser": {
        "id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "providerDisplayName": "Anonymous",
    }});
    let server = Receiver::answering(move |_| (200, anonymous.clone()).into());
    let desk = Desk::open();
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let look = checked(&desk, &set(&desk, &wish)["id"]);
    assert_eq!((&look["who"], &look["error"]["code"]), (&Value::Null, &json!("token_refused")));
    assert_eq!(look["access"]["state"], "refused");
    assert_eq!(look["access"]["last_error"]["code"], "token_refused");
}

#[test]
fn a_look_at_a_token_of_buildkite_tells_its_scopes_and_its_end() {
    let expires = "2026-09-30T00:00:00Z";
    let server = Receiver::answering(move |_| {
        let told = json!({
            "uuid": "b63254c0-3271-4a98-8270-7cfbd6c2f14e", "description": "creel",
            "scopes": ["read_builds", "read_build_logs"], "expires_at": expires,
            "user": {"name": "Ada", "email": "ada@acme.test"},
        });
        (200, told).into()
    });
    let desk = Desk::open();
    let wish = json!({
        "provider": "buildkite", "base": server.url("/v2"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let look = checked(&desk, &set(&desk, &wish)["id"]);
    assert_eq!(look["who"], "Ada (creel)");
    assert_eq!(look["access"]["missing"], json!(["read_artifacts", "read_agents"]));
    // The desk stands at 2026-09-21: nine days are left.
    assert_eq!(look["access"]["state"], "expiring");
    desk.hub.clock().advance(Duration::from_hours(10 * 24));
    assert_eq!(items(&desk)[0]["state"], "expired");
    assert_eq!(server.got()[0].header("authorization"), Some("Bearer not-a-real-token"));
}

#[test]
fn a_confirmed_base_serves_the_organisation_whatever_its_deliveries_say() {
    let server = azure(|_| true);
    let desk = Desk::open();
    heard(&desk, "https://dev.azure.com/contoso", "");
    assert_eq!(source(&desk)["access"]["none"]["code"], "no_token");
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let shown = set(&desk, &wish);
    assert_eq!(shown["source_ids"], json!([source(&desk)["id"]]));
    assert_eq!(source(&desk)["access"]["read"]["base"], server.url("/contoso"));
    assert_eq!(source(&desk)["access"]["none"], Value::Null);

    let vault = desk.hub.vault();
    let access = vault.access_for(1, Purpose::Read, KeyId(1)).unwrap();
    desk.wait(vault.messenger().unwrap().ask(&access, &question())).unwrap();
    assert_eq!(server.got()[0].target, "/contoso/_apis/x");
    assert_eq!(vault.access_for(1, Purpose::Write, KeyId(1)).unwrap_err().code(), "no_token");
    // That it went well is written down before somebody looks.
    assert_eq!(source(&desk)["access"]["read"]["state"], "well");
}

#[test]
fn no_delivery_calls_a_source_away_from_the_token_that_was_set_for_it() {
    let (server, foreign) = (azure(|_| true), azure(|_| true));
    let desk = Desk::open();
    heard(&desk, &server.url("/contoso"), "");
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    set(&desk, &wish);
    for (nth, base) in
        (2..).zip([foreign.url("/evilorg"), "https://dev.azure.com/realorg".to_owned()])
    {
        // The same collection, as one who has its id and some key would write it.
        let body = String::from_utf8(hook(&base)).expect("text");
        let body = body
            .replace("0d1a6d0e-0001", &format!("0d1a6d0e-000{nth}"))
            .replace("\"notificationId\":1", &format!("\"notificationId\":{nth}"))
            .replace("14:30:0", &format!("14:3{nth}:0"));
        let headers = [(JSON.0.to_owned(), JSON.1.to_owned())];
        desk.post("/webhooks/azure?azpToken=another-unreal-token", &headers, body.as_bytes());
        desk.step_all();
        let shown = source(&desk);
        assert_eq!(shown["base_url"], base, "it is called so now");
        assert_eq!(shown["access"]["read"]["base"], server.url("/contoso"), "{shown}");
        let access = desk.hub.vault().access_for(1, Purpose::Read, KeyId(1)).unwrap();
        assert_eq!(access.vouched.base(), server.url("/contoso"));
    }
    assert_eq!(foreign.got().len(), 0);
    // What an administrator sets for what it is called now takes its place.
    set(
        &desk,
        &json!({
            "provider": "azure", "base": "https://dev.azure.com/realorg", "token": "a-newer-unreal-token",
        }),
    );
    assert_eq!(source(&desk)["access"]["read"]["base"], "https://dev.azure.com/realorg");
}

#[test]
fn no_token_of_an_address_leaves_for_where_a_payload_points() {
    let foreign = azure(|_| true);
    let desk = Desk::open();
    heard(&desk, &foreign.url("/contoso"), "?azpToken=not-a-real-token");
    let vault = desk.hub.vault();
    let none = vault.access_for(1, Purpose::Read, KeyId(1)).unwrap_err();
    assert!(matches!(none, NoAccess::NotVouched(_)), "{none}");
    let shown = source(&desk);
    assert_eq!(shown["access"]["none"]["code"], "base_not_confirmed");
    assert_eq!(shown["access"]["read"], Value::Null);
    // Neither does looking at it.
    let [token] = &items(&desk)[..] else { panic!("one token") };
    assert_eq!((&token["origin"], &token["base"]), (&json!("address"), &Value::Null));
    let look = checked(&desk, &token["id"]);
    assert_eq!(look["error"]["code"], "base_not_confirmed");
    assert_eq!(foreign.got().len(), 0);
}

#[test]
fn a_token_that_no_address_brings_any_more_is_forgotten() {
    let desk = Desk::open();
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=not-a-real-token");
    let days = |days: u64| desk.hub.clock().advance(Duration::from_hours(24 * days));
    let kept = || items(&desk).len();
    days(80);
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=not-a-real-token");
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=another-unreal-token");
    let wish = json!({
        "provider": "azure", "base": "https://dev.azure.com/contoso", "token": "a-third-unreal-token",
    });
    set(&desk, &wish);
    days(80);
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=another-unreal-token");
    // The janitor believes a clock that deliveries agree with.
    desk.post_fixture("azure_devops/push.json");
    desk.tidy_up();
    assert_eq!(kept(), 3, "both came within 90 days");
    days(20);
    desk.post_fixture("azure_devops/work_item_updated.json");
    desk.tidy_up();
    // One that was set stays, however long ago that was.
    let origins: Vec<_> = items(&desk).iter().map(|token| token["origin"].clone()).collect();
    assert_eq!(origins, ["set", "address"]);
    // It may come back.
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=not-a-real-token");
    assert_eq!(kept(), 3);
}

#[test]
fn a_token_is_tried_on_a_project_that_deliveries_told_of() {
    let server = azure(|path| path != "/contoso/_apis/projects");
    let desk = Desk::open();
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    let id = set(&desk, &wish)["id"].clone();
    // Before any of them, nothing is known to be missing.
    let before = checked(&desk, &id);
    assert_eq!(before["access"]["missing"], json!([]));
    let outcomes = |look: &Value| {
        let tried = look["tried"].as_array().unwrap().clone();
        tried.into_iter().filter(|one| one["outcome"] == "unknown").count()
    };
    assert_eq!(outcomes(&before), 3, "{before}");
    heard(&desk, &server.url("/contoso"), "");
    let after = checked(&desk, &id);
    let builds =
        server.got().iter().filter(|got| got.path().ends_with("/_apis/build/builds")).count();
    assert_eq!(builds, 1, "{after}");
    assert_eq!(after["access"]["missing"], json!([]));
}

#[test]
fn a_token_of_an_address_counts_for_its_key_alone_and_never_before_one_that_was_set() {
    let desk = Desk::open();
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=not-a-real-token");
    let other = desk.make_key("another", "ingest");
    let headers = [("x-api-key".to_owned(), other)];
    // Another sender brings another token for the same organisation.
    let body = hook("https://dev.azure.com/contoso");
    let (status, _) =
        desk.request("POST", "/webhooks/azure?azpToken=another-unreal-token", &headers, &body);
    assert_eq!(status, 200);
    desk.step_all();
    let vault = desk.hub.vault();
    let of =
        |key| vault.access_for(1, Purpose::Read, KeyId(key)).map(|access| access.id.to_string());
    assert_eq!(of(1).unwrap(), "address-1");
    assert_eq!(of(2).unwrap_or_else(|none| none.code().to_owned()), "address-2");
    assert_eq!(of(0).unwrap_err().code(), "no_token");
    assert_eq!(of(3).unwrap_err().code(), "no_token");

    let wish = json!({
        "provider": "azure", "base": "https://dev.azure.com/contoso", "token": "a-third-unreal-token",
    });
    set(&desk, &wish);
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=a-fourth-unreal-token");
    for key in [0, 1, 2] {
        assert_eq!(of(key).unwrap(), "1", "key {key}");
    }
    let key = desk.get_json("/api/v1/keys")["items"][1]["id"].as_i64().unwrap();
    sent(&desk, "DELETE", &format!("/api/v1/keys/{key}"), &Value::Null);
    let origins: Vec<_> = items(&desk).iter().map(|item| item["key_id"].clone()).collect();
    assert!(!origins.contains(&json!(key)), "a revoked key's tokens are nobody's: {origins:?}");
}

#[test]
fn a_token_that_is_refused_shows_on_its_source() {
    let status = Arc::new(Mutex::new(200));
    let says = Arc::clone(&status);
    let server =
        Receiver::answering(move |_| Reply::from((*says.lock().unwrap(), json!({"id": 7}))));
    let desk = Desk::open();
    heard(&desk, "https://dev.azure.com/contoso", "");
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    set(&desk, &wish);
    let vault = desk.hub.vault();
    let ask = || {
        let access = vault.access_for(1, Purpose::Read, KeyId(1)).unwrap();
        let asked = desk.wait(vault.messenger().unwrap().ask(&access, &question()));
        asked.map(drop).map_err(|error| error.code())
    };
    ask().unwrap();
    *status.lock().unwrap() = 401;
    assert_eq!(ask(), Err("token_refused"));
    let read = &source(&desk)["access"]["read"];
    assert_eq!(
        (&read["state"], &read["last_error"]["code"]),
        (&json!("refused"), &json!("token_refused"))
    );
    assert_eq!(source(&desk)["health"], "degraded");
    // Another token takes its place: what was said of the old one counts no more.
    set(&desk, &wish);
    assert_eq!(source(&desk)["access"]["read"]["state"], "untried");
}

#[test]
fn after_a_rotation_of_the_secrets_key_the_same_tokens_open_with_the_new_one_alone() {
    let server = azure(|_| true);
    let desk = Desk::open();
    heard(&desk, "https://dev.azure.com/contoso", "?azpToken=not-a-real-token");
    let wish = json!({
        "provider": "azure", "base": server.url("/contoso"), "confirm_base": true,
        "token": "another-unreal-token",
    });
    set(&desk, &wish);
    let key = std::fs::read(desk.data().join("secrets.key")).unwrap();
    let (status, done) = sent(&desk, "POST", "/api/v1/secrets/rotate", &Value::Null);
    assert_eq!((status, &done["secrets"]), (200, &json!(2)), "{done}");
    let old = std::fs::read(done["old_key"].as_str().unwrap()).unwrap();
    assert_eq!(old, key);
    assert_ne!(std::fs::read(desk.data().join("secrets.key")).unwrap(), key);

    let desk = desk.reopened_with(&[]);
    let ask = || {
        let access = desk.hub.vault().access_for(1, Purpose::Read, KeyId(1)).unwrap();
        desk.wait(desk.hub.vault().messenger().unwrap().ask(&access, &question())).unwrap()
    };
    ask();
    let sent_with = server.got()[0].header("authorization").unwrap().to_owned();
    assert_eq!(sent_with, "Basic OmFub3RoZXItdW5yZWFsLXRva2Vu");
}

#[test]
fn a_rotation_that_was_cut_short_is_gone_on_with() {
    let desk = Desk::open();
    let wish = json!({"provider": "buildkite", "token": "not-a-real-token"});
    set(&desk, &wish);
    let path = desk.data().join("secrets.key");
    desk.hub.sealer().begin_rotation(&path).unwrap();
    // Sealed with the new key, while the other token still has the old one.
    let other =
        json!({"provider": "buildkite", "token": "another-unreal-token", "organization": "acme"});
    set(&desk, &other);
    let desk = desk.reopened_with(&[]);
    let opens = |id| desk.hub.vault().opened_by_id(id).unwrap().is_some();
    assert!(opens(AccessId::Set(1)) && opens(AccessId::Set(2)));
    let (status, done) = sent(&desk, "POST", "/api/v1/secrets/rotate", &Value::Null);
    assert_eq!((status, &done["secrets"]), (200, &json!(1)), "{done}");
    let desk = desk.reopened_with(&[]);
    let opens = |id| desk.hub.vault().opened_by_id(id).unwrap().is_some();
    assert!(opens(AccessId::Set(1)) && opens(AccessId::Set(2)));
}

#[test]
fn a_secret_that_nothing_opens_keeps_no_other_from_its_new_key() {
    let desk = Desk::open();
    set(&desk, &json!({"provider": "buildkite", "token": "not-a-real-token"}));
    let other =
        json!({"provider": "buildkite", "token": "another-unreal-token", "organization": "acme"});
    set(&desk, &other);
    let books = rusqlite::Connection::open(desk.data().join("books.db")).unwrap();
    books.execute("update access set sealed = x'00' where id = 1", []).unwrap();
    let (status, done) = sent(&desk, "POST", "/api/v1/secrets/rotate", &Value::Null);
    assert_eq!((status, &done["secrets"]), (200, &json!(1)), "{done}");
    let opens = |desk: &Desk, id| desk.hub.vault().opened_by_id(id).is_ok_and(|it| it.is_some());
    assert!(!opens(&desk, AccessId::Set(1)) && opens(&desk, AccessId::Set(2)));

    let (status, done) = sent(&desk, "POST", "/api/v1/secrets/rotate", &Value::Null);
    assert_eq!((status, &done["secrets"]), (200, &json!(1)), "once more: {done}");
    let desk = desk.reopened_with(&[]);
    assert!(opens(&desk, AccessId::Set(2)));
}

#[test]
fn a_token_is_looked_at_once_a_day_and_a_look_that_failed_is_repeated_after_an_hour() {
    let status = Arc::new(Mutex::new(200));
    let says = Arc::clone(&status);
    let server = Receiver::answering(move |_| {
        let told = json!({"scopes": ["read_builds"], "user": {"name": "Ada"}});
        (*says.lock().unwrap(), told).into()
    });
    let desk = Desk::open();
    let wish = json!({
        "provider": "buildkite", "base": server.url("/v2"), "confirm_base": true,
        "token": "not-a-real-token",
    });
    set(&desk, &wish);
    let mut inspector = Inspector::of(&desk.hub);
    let mut looked_at_after = |hours| {
        desk.hub.clock().advance(Duration::from_hours(hours));
        desk.wait(inspector.step()).unwrap()
    };
    assert_eq!(looked_at_after(0), 1);
    assert_eq!(looked_at_after(23), 0);
    *status.lock().unwrap() = 401;
    assert_eq!(looked_at_after(1), 1);
    assert_eq!(looked_at_after(0), 0);
    *status.lock().unwrap() = 200;
    assert_eq!(looked_at_after(1), 1);
    assert_eq!(looked_at_after(1), 0);
    assert_eq!(server.got().len(), 3);
    assert_eq!(items(&desk)[0]["state"], "lacks_scope");
}

/// The command line, on data that no server uses.
fn source_command(data: &std::path::Path, arguments: &[&str], token: &str) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_creel"))
        .args(["source"])
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("A_TOKEN", token)
        .output()
        .expect("creel runs")
}

#[test]
fn a_token_is_set_listed_checked_and_forgotten_by_commands() {
    let server = azure(|path| !path.contains("/test/"));
    let base = server.url("/contoso");
    let (_directory, data, _) = crate::support::server::prepared();
    let run = |arguments: &[&str]| {
        let output = source_command(&data, arguments, "not-a-real-token");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let set = [
        "set",
        "--provider",
        "azure",
        "--base",
        &base,
        "--token",
        "env:A_TOKEN",
        "--expires",
        "2100-01-31",
    ];
    let (code, _, said) = run(&set);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the token is sent there from now on"), "{said}");
    assert!(said.contains("It belongs to Ada.") && said.contains("NO"), "{said}");

    let (code, listed, _) = run(&["list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((code, &listed["access"][0]["base"]), (Some(0), &json!(base)));
    assert_eq!(listed["access"][0]["missing"], json!(["Test Management (read)"]));
    let (_, listed, _) = run(&["list"]);
    assert!(listed.contains("lacks_scope") && listed.contains("2100-01-31"), "{listed}");

    let (code, _, said) = run(&["check"]);
    assert_eq!(code, Some(1), "it lacks a scope: {said}");
    assert_eq!(run(&["unset", "1"]).0, Some(0));
    assert_eq!(run(&["unset", "1"]).0, Some(1));
    assert_eq!(run(&["check"]).0, Some(0), "there is none to need somebody");
}

#[test]
fn a_token_on_the_command_line_is_refused_with_the_way_to_do_it() {
    let (_directory, data, _) = crate::support::server::prepared();
    for (arguments, says) in [
        (&["set", "--provider", "buildkite", "--token", "bkua_not_real"] as &[&str], "env:NAME"),
        (&["set", "--provider", "buildkite", "--token", "env:NOT_SET"], "is not set"),
        (&["set", "--provider", "buildkite"], "--token env:NAME"),
        (&["set", "--provider", "azure_devops", "--token", "env:A_TOKEN"], "base address"),
        (&["set", "--provider", "github", "--token", "env:A_TOKEN"], "github"),
        (
            &["set", "--provider", "buildkite", "--token", "env:A_TOKEN", "--expires", "soon"],
            "2027-01-31",
        ),
    ] {
        let output = source_command(&data, arguments, "not-a-real-token");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
