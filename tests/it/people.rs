//! People: the first link, signing in and out, roles, and what a session may be used from.

use axum::body::Body;
use axum::http::{Request, Response, header};
use creel::model::By;
use creel::people::Role;
use creel::secrets::Secret;
use serde_json::{Value, json};

use crate::support::desk::{Desk, NOW};

pub const PASSWORD: &str = "not-a-real-password";

pub fn call(
    desk: &Desk,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Response<Vec<u8>> {
    let mut request = Request::builder().method(method).uri(target).header("host", "creel.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    desk.send(request.body(Body::from(body)).expect("a request"))
}

pub fn json_of(answer: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

/// The cookie an answer sets, as a browser sends it back.
pub fn cookie_of(answer: &Response<Vec<u8>>) -> String {
    let set = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    set.split(';').next().expect("a pair").to_owned()
}

/// Make somebody of a role and sign them in.
pub fn signed_in(desk: &Desk, name: &str, role: Role) -> String {
    let people = desk.hub.people();
    let token = people.invite(name, role, &By::creel(NOW)).expect("invited").token;
    let body = json!({"token": token.reveal(), "password": PASSWORD});
    let answer = call(desk, "POST", "/api/v1/setup", &[], &body);
    assert_eq!(answer.status(), 200, "{}", json_of(&answer));
    cookie_of(&answer)
}

pub fn with_ada(desk: &Desk) -> String {
    let token = desk.hub.people().first_token().expect("nobody yet");
    let body = json!({"token": token.reveal(), "name": "Ada", "password": PASSWORD});
    let answer = call(desk, "POST", "/api/v1/setup", &[], &body);
    assert_eq!(answer.status(), 200, "{}", json_of(&answer));
    cookie_of(&answer)
}

#[test]
fn a_newcomer_sets_up_signs_out_and_signs_in_again() {
    let desk = Desk::open();
    let before = json_of(&call(&desk, "GET", "/api/v1/session", &[], &Value::Null));
    assert_eq!((&before["user"], &before["setup_needed"]), (&Value::Null, &json!(true)));
    assert_eq!(before["may"], json!([]));

    let token = desk.hub.people().first_token().expect("nobody yet");
    let body = json!({"token": token.reveal(), "name": "Ada", "password": "short"});
    let look = |token: &str| {
        let link = json!({"token": token});
        json_of(&call(&desk, "POST", "/api/v1/setup/link", &[], &link))
    };
    let counts = json!({"name": null, "expires_at": null});
    assert_eq!(look(token.reveal()), counts);
    assert_eq!(look(token.reveal()), counts, "looking does not use it up");
    let refused = call(&desk, "POST", "/api/v1/setup", &[], &body);
    assert_eq!(refused.status(), 422);
    assert_eq!(json_of(&refused)["errors"][0]["pointer"], "#/password");

    let cookie = with_ada(&desk);
    assert_eq!(look(token.reveal())["code"], "link_invalid", "it was used");
    let headers = [("cookie", cookie.as_str())];
    let here = json_of(&call(&desk, "GET", "/api/v1/session", &headers, &Value::Null));
    assert_eq!(here["user"], json!({"id": 1, "name": "Ada", "role": "admin"}));
    assert_eq!(here["may"], json!(["read", "edit", "admin"]));
    assert_eq!(call(&desk, "GET", "/api/v1/builds", &headers, &Value::Null).status(), 200);

    let with_a_wrong_key = [headers[0], ("x-api-key", "creel_wrong")];
    assert_eq!(call(&desk, "GET", "/api/v1/builds", &with_a_wrong_key, &Value::Null).status(), 401);

    let out = call(&desk, "DELETE", "/api/v1/session", &headers, &Value::Null);
    assert_eq!(out.status(), 204);
    let after = call(&desk, "GET", "/api/v1/builds", &headers, &Value::Null);
    assert_eq!((after.status().as_u16(), &json_of(&after)["code"]), (401, &json!("session_ended")));

    let body = json!({"name": "ada", "password": PASSWORD});
    let again = call(&desk, "POST", "/api/v1/session", &[], &body);
    assert_eq!(again.status(), 200);
    let set = again.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    assert!(set.contains("; HttpOnly; SameSite=Lax") && !set.contains("Secure"), "{set}");
}

#[test]
fn a_cookie_is_secure_where_the_browser_reaches_us_by_https() {
    let desk = Desk::open_with(&[("CREEL_SERVER__PUBLIC_URL", "https://creel.test/")]);
    let token = desk.hub.people().first_token().expect("nobody yet");
    let body = json!({"token": token.reveal(), "name": "Ada", "password": PASSWORD});
    let answer = call(&desk, "POST", "/api/v1/setup", &[], &body);
    let set = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    assert!(set.starts_with("__Host-creel_session=") && set.ends_with("; Secure"), "{set}");
    let headers = [("cookie", &*cookie_of(&answer))];
    assert_eq!(call(&desk, "GET", "/api/v1/users", &headers, &Value::Null).status(), 200);
    let invited = json!({"name": "Bob", "role": "viewer"});
    let invited = json_of(&call(&desk, "POST", "/api/v1/users", &headers, &invited));
    let link = invited["link"].as_str().expect("a link");
    assert!(link.starts_with("https://creel.test/setup#token="), "{link}");
}

#[test]
fn guesses_are_slowed_down_and_tell_nothing_of_who_there_is() {
    let desk = Desk::open();
    with_ada(&desk);
    let mut answers = Vec::new();
    for name in ["ada", "nobody"].into_iter().cycle().take(12) {
        let body = json!({"name": name, "password": "a-wrong-password"});
        let answer = call(&desk, "POST", "/api/v1/session", &[], &body);
        let problem = json_of(&answer);
        if answer.status() == 429 {
            assert!(answer.headers().contains_key(header::RETRY_AFTER));
            assert_eq!(problem["code"], "too_many_requests");
            break;
        }
        assert_eq!((answer.status().as_u16(), &problem["code"]), (401, &json!("sign_in_failed")));
        answers.push(problem["detail"].clone());
    }
    assert_eq!(answers.len(), 10);
    answers.dedup();
    assert_eq!(answers.len(), 1);

    // A wrong link is a try as well; a right one is not kept waiting by others' tries.
    let link = json!({"token": "guessed"});
    assert_eq!(call(&desk, "POST", "/api/v1/setup/link", &[], &link).status(), 429);
    let wrong = json!({"token": "guessed", "password": PASSWORD});
    assert_eq!(call(&desk, "POST", "/api/v1/setup", &[], &wrong).status(), 429);
    signed_in(&desk, "bob", Role::Viewer);
}

#[test]
fn what_a_session_changes_must_come_from_a_page_of_ours() {
    let desk = Desk::open();
    let cookie = with_ada(&desk);
    let key = json!({"name": "k", "scopes": ["read"]});
    let from = |headers: &[(&str, &str)]| {
        let headers: Vec<_> =
            headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        call(&desk, "POST", "/api/v1/keys", &headers, &key)
    };
    for foreign in [
        &[("origin", "https://evil.test")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://creel.test")],
        &[("sec-fetch-site", "same-site")],
    ] {
        let answer = from(foreign);
        assert_eq!(answer.status(), 403, "{foreign:?}");
        assert_eq!(json_of(&answer)["code"], "foreign_origin");
    }
    for ours in [&[("origin", "http://creel.test")][..], &[("sec-fetch-site", "same-origin")], &[]]
    {
        assert_eq!(from(ours).status(), 201, "{ours:?}");
    }
    // A key is no ambient credential: where the request was made does not matter.
    let bearer = format!("Bearer {}", desk.key);
    let headers = [("authorization", bearer.as_str()), ("origin", "https://evil.test")];
    assert_eq!(call(&desk, "POST", "/api/v1/keys", &headers, &key).status(), 201);
    let signing_in = json!({"name": "ada", "password": PASSWORD});
    let headers = [("origin", "https://evil.test")];
    assert_eq!(call(&desk, "POST", "/api/v1/session", &headers, &signing_in).status(), 403);
}

#[test]
fn sessions_are_listed_and_ended_by_those_whose_they_are() {
    let desk = Desk::open();
    let ada = with_ada(&desk);
    let bob = signed_in(&desk, "Bob", Role::Viewer);
    let list = |cookie: &str| {
        json_of(&call(&desk, "GET", "/api/v1/sessions", &[("cookie", cookie)], &Value::Null))
    };
    let names = |list: &Value| {
        let items = list["items"].as_array().expect("items");
        items.iter().map(|s| s["user"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&list(&bob)), ["Bob"]);
    assert_eq!(names(&list(&ada)), ["Bob", "Ada"]);
    let of_ada = list(&ada)["items"][1]["id"].clone();
    let end = |cookie: &str, id: &Value| {
        let target = format!("/api/v1/sessions/{id}");
        call(&desk, "DELETE", &target, &[("cookie", cookie)], &Value::Null).status().as_u16()
    };
    assert_eq!(end(&bob, &of_ada), 404, "nobody else's");
    assert_eq!(end(&ada, &list(&bob)["items"][0]["id"]), 204);
    assert_eq!(list(&bob)["code"], "session_ended");
}

#[test]
fn a_proxy_names_people_when_it_is_trusted() {
    let settings = [
        ("CREEL_SERVER__TRUSTED_PROXIES", "0.0.0.0/32"),
        ("CREEL_PEOPLE__PROXY_HEADER", "X-Forwarded-User"),
    ];
    let desk = Desk::open_with(&settings);
    let status = |desk: &Desk, method: &str, target: &str, name: &str| {
        let headers = [("x-forwarded-user", name)];
        call(desk, method, target, &headers, &Value::Null).status().as_u16()
    };
    assert_eq!(status(&desk, "GET", "/api/v1/builds", "carol@contoso.example"), 200);
    assert_eq!(status(&desk, "GET", "/api/v1/users", "carol@contoso.example"), 403);
    let people = desk.hub.people();
    let dan =
        people.invite("dan@contoso.example", Role::Admin, &By::creel(NOW)).expect("invited").person;
    assert_eq!(status(&desk, "GET", "/api/v1/users", "Dan@contoso.example"), 200);
    people.change(dan.id, None, Some(true), &By::creel(NOW)).expect("disabled");
    assert_eq!(status(&desk, "GET", "/api/v1/builds", "dan@contoso.example"), 401);

    // Whoever is no trusted proxy can write any header.
    let desk = Desk::open_with(&[
        ("CREEL_SERVER__TRUSTED_PROXIES", "192.0.2.1"),
        ("CREEL_PEOPLE__PROXY_HEADER", "X-Forwarded-User"),
    ]);
    assert_eq!(status(&desk, "GET", "/api/v1/builds", "carol@contoso.example"), 401);
}

#[test]
fn a_password_is_changed_by_its_owner_and_signs_the_others_out() {
    let desk = Desk::open();
    let here = with_ada(&desk);
    let body = json!({"name": "Ada", "password": PASSWORD});
    let elsewhere = cookie_of(&call(&desk, "POST", "/api/v1/session", &[], &body));
    let change = |current: &str| {
        let body = json!({"current": current, "new": "another-unreal-password"});
        let headers = [("cookie", here.as_str())];
        call(&desk, "PUT", "/api/v1/session/password", &headers, &body)
    };
    let refused = change("wrong");
    assert_eq!(refused.status(), 422);
    assert_eq!(json_of(&refused)["errors"][0]["pointer"], "#/current");
    assert_eq!(change(PASSWORD).status(), 204);
    let look = |cookie: &str| {
        let headers = [("cookie", cookie)];
        call(&desk, "GET", "/api/v1/builds", &headers, &Value::Null).status().as_u16()
    };
    assert_eq!((look(&here), look(&elsewhere)), (200, 401));
    assert!(desk.hub.people().sign_in("ada", &Secret::new(PASSWORD)).is_err());
}

/// Least of what an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Ingest,
    Read,
    Edit,
    Admin,
}

/// What the documents say of each operation of the API: written down here once more, so that an
/// address that is added without a thought about who may use it is noticed.
fn takes(method: &str, path: &str) -> Option<Takes> {
    Some(match (method, path) {
        ("get" | "post" | "delete", "/api/v1/session")
        | ("post", "/api/v1/setup" | "/api/v1/setup/link") => Takes::Nothing,
        ("get", "/api/v1/keys" | "/api/v1/users" | "/api/v1/audit" | "/api/v1/access") => {
            Takes::Admin
        }
        ("post", "/api/v1/secrets/rotate") => Takes::Admin,
        ("post", "/api/v1/reports") => Takes::Ingest,
        ("post", path) if path.starts_with("/api/v1/ingest/") => Takes::Ingest,
        ("put", "/api/v1/access")
        | ("delete", "/api/v1/access/{id}")
        | ("post", "/api/v1/access/{id}/check") => Takes::Admin,
        (
            "get",
            "/api/v1/builds"
            | "/api/v1/builds/{id}"
            | "/api/v1/builds/{id}/steps"
            | "/api/v1/builds/{id}/facts"
            | "/api/v1/builds/{id}/enrichment"
            | "/api/v1/builds/{id}/changes"
            | "/api/v1/builds/{id}/artifacts"
            | "/api/v1/builds/{id}/why"
            | "/api/v1/builds/{id}/annotations"
            | "/api/v1/builds/{id}/last-green"
            | "/api/v1/builds/{id}/tests"
            | "/api/v1/builds/{id}/test-sets"
            | "/api/v1/tests"
            | "/api/v1/tests/{case_id}"
            | "/api/v1/tests/{case_id}/runs"
            | "/api/v1/tests/{case_id}/first-bad"
            | "/api/v1/compare"
            | "/api/v1/test-monitors"
            | "/api/v1/security-reports"
            | "/api/v1/security-reports/{id}"
            | "/api/v1/logs/{id}"
            | "/api/v1/logs/{id}/outline"
            | "/api/v1/logs/{id}/search"
            | "/api/v1/logs/{id}/raw"
            | "/api/v1/events"
            | "/api/v1/events/{entry_id}"
            | "/api/v1/pipelines"
            | "/api/v1/subjects"
            | "/api/v1/subjects/{key}"
            | "/api/v1/agents"
            | "/api/v1/agents/runs"
            | "/api/v1/queues"
            | "/api/v1/sources"
            | "/api/v1/refusals"
            | "/api/v1/forwards"
            | "/api/v1/storage"
            | "/api/v1/sample"
            | "/api/v1/sessions"
            | "/api/v1/live",
        ) => Takes::Read,
        ("delete", "/api/v1/sessions/{id}") | ("put", "/api/v1/session/password") => Takes::Read,
        (
            "post",
            "/api/v1/events/replay"
            | "/api/v1/events/{entry_id}/replay"
            | "/api/v1/builds/{id}/enrichment"
            | "/api/v1/tests/{case_id}/fixed",
        ) => Takes::Edit,
        ("put", "/api/v1/test-monitors") | ("post", "/api/v1/test-monitors/preview") => {
            Takes::Admin
        }
        (
            "post",
            "/api/v1/events/import" | "/api/v1/keys" | "/api/v1/users" | "/api/v1/users/{id}/reset",
        )
        | ("post" | "delete", "/api/v1/sample")
        | ("delete", "/api/v1/keys/{id}" | "/api/v1/users/{id}")
        | ("patch", "/api/v1/users/{id}") => Takes::Admin,
        _ => return None,
    })
}

#[test]
fn every_operation_is_open_to_exactly_those_whom_the_documents_name() {
    let desk = Desk::open();
    let ada = with_ada(&desk);
    let bearer =
        |scopes: &str| ("authorization", format!("Bearer {}", desk.make_key(scopes, scopes)));
    // Who asks, with what, and what they may do at most.
    let cookie = |cookie: String| ("cookie", cookie);
    let askers = [
        ("nobody", ("x-nothing", String::new()), vec![]),
        ("a key for ingest", bearer("ingest"), vec![Takes::Ingest]),
        ("a key for reading", bearer("read"), vec![Takes::Read]),
        ("an admin key", bearer("admin"), vec![Takes::Edit, Takes::Admin]),
        ("a viewer", cookie(signed_in(&desk, "viewer", Role::Viewer)), vec![Takes::Read]),
        (
            "an editor",
            cookie(signed_in(&desk, "editor", Role::Editor)),
            vec![Takes::Read, Takes::Edit],
        ),
        ("an administrator", cookie(ada), vec![Takes::Read, Takes::Edit, Takes::Admin]),
    ];
    let document = creel::http::api::openapi::openapi();
    let paths = document["paths"].as_object().expect("paths");
    let mut tried = 0;
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/v1/")) {
        for method in item.as_object().expect("methods").keys() {
            let takes = takes(method, path)
                .unwrap_or_else(|| panic!("{method} {path} is new: say here what it takes"));
            let said = match takes {
                Takes::Nothing => Value::Null,
                Takes::Ingest => json!({"scope": "ingest", "role": null}),
                Takes::Read => json!({"scope": "read", "role": "viewer"}),
                Takes::Edit => json!({"scope": "admin", "role": "editor"}),
                Takes::Admin => json!({"scope": "admin", "role": "admin"}),
            };
            assert_eq!(item[method]["x-needs"], said, "{method} {path}");
            // Ids that nothing has, so that nothing is changed and nobody is signed out.
            let target = path
                .replace("{id}", "999")
                .replace("{case_id}", "999")
                .replace("{entry_id}", "999")
                .replace("{key}", "x");
            for (who, (name, value), may) in &askers {
                if (method.as_str(), path.as_str()) == ("delete", "/api/v1/session") {
                    continue;
                }
                let request = Request::builder()
                    .method(method.to_uppercase().as_str())
                    .uri(&target)
                    .header(*name, value)
                    .body(Body::from("{\"unknown_member\": 1}"))
                    .expect("a request");
                let answer = desk.open_stream(request);
                let status = answer.status().as_u16();
                let is_let_in = !matches!(status, 401 | 403);
                let should = takes == Takes::Nothing || may.contains(&takes);
                assert_eq!(is_let_in, should, "{who}: {method} {path} answers {status}");
                if !should {
                    // Who signed in is nobody where only keys send.
                    let is_nobody =
                        *who == "nobody" || (takes == Takes::Ingest && *name == "cookie");
                    let expected = if is_nobody { 401 } else { 403 };
                    assert_eq!(status, expected, "{who}: {method} {path}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
}
