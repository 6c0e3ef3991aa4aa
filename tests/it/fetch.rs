//! Asking providers: what goes out, to whom, how often, and what an answer is taken for.

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel::clock::Clock;
use creel::fetch::{
    Access, AskError, Credential, EntraApp, Limits, Messenger, NotVouched, Vouched,
};
use creel::model::{AccessId, Provider, Timestamp};
use creel::outbound::{Client, Patience};
use creel::providers::rest::{Accept, Call, Host};
use creel::secrets::Secret;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::receiver::{Received, Receiver, Reply};

const AZURE: Provider = Provider::AzureDevops;
const BUILDKITE: Provider = Provider::Buildkite;

/// 2026-02-13T14:30:00Z.
const NOW: i64 = 1_770_993_000_000;

/// Base64 of `:not-a-real-token`.
const BASIC: &str = "Basic Om5vdC1hLXJlYWwtdG9rZW4=";

fn messenger() -> (Messenger, Clock) {
    let clock = Clock::standing_at(Timestamp(NOW));
    (Messenger::new(Client::new().unwrap(), clock.clone()), clock)
}

fn access(provider: Provider, base: &str) -> Access {
    let token = Secret::new("not-a-real-token");
    let credential = match provider {
        Provider::Buildkite => Credential::Bearer(token),
        _ => Credential::Pat(token),
    };
    let vouched = Vouched::confirmed(provider, base).unwrap();
    Access { id: AccessId::Set(1), vouched, credential, lacks: Vec::new() }
}

fn call(path: &str) -> Call {
    Call {
        host: Host::Main,
        path: path.to_owned(),
        query: Vec::new(),
        accept: Accept::Json,
        what: "the build",
        right: "Build (read)",
        bytes_max: 1_000_000,
    }
}

fn page(content_type: &str, body: &str) -> Reply {
    let headers = vec![("content-type", content_type.to_owned())];
    Reply { status: 200, headers, body: body.as_bytes().to_vec(), cut: None }
}

fn json_with(headers: Vec<(&'static str, String)>) -> Reply {
    let mut reply = Reply::from((200, json!({"id": 7})));
    reply.headers.extend(headers);
    reply
}

/// What a question comes to where every answer is this one.
async fn code_of(provider: Provider, reply: Reply) -> &'static str {
    let server = Receiver::answering(move |_| reply.clone());
    let (messenger, _) = messenger();
    let asked = messenger.ask(&access(provider, &server.url("/contoso")), &call("/x")).await;
    asked.map_or_else(|error| error.code(), |_| "ok")
}

#[tokio::test]
async fn a_question_carries_its_token_and_nothing_that_was_not_asked_for() {
    let server = Receiver::answering(|_| (200, json!({"id": 7})).into());
    let (messenger, _) = messenger();
    let question = Call { query: vec![("api-version", "7.1".to_owned())], ..call("/Web/_apis/x") };
    let answer = messenger.ask(&access(AZURE, &server.url("/contoso")), &question).await.unwrap();
    assert_eq!(answer.body, br#"{"id":7}"#);
    assert_eq!(answer.at, Timestamp(NOW));
    messenger.ask(&access(BUILDKITE, &server.url("/v2")), &call("/access-token")).await.unwrap();

    let got = server.got();
    assert_eq!(got[0].target, "/contoso/Web/_apis/x?api-version=7.1");
    assert_eq!((got[0].method.as_str(), got[0].body.len()), ("GET", 0));
    assert_eq!(got[0].header("authorization"), Some(BASIC));
    assert_eq!(got[0].header("x-tfs-fedauthredirect"), Some("Suppress"));
    assert_eq!(got[0].header("accept"), Some("application/json"));
    assert!(got[0].header("user-agent").unwrap().starts_with("creel/"));
    assert_eq!(got[1].target, "/v2/access-token");
    assert_eq!(got[1].header("authorization"), Some("Bearer not-a-real-token"));
    assert_eq!(got[1].header("x-tfs-fedauthredirect"), None);
}

#[tokio::test]
async fn an_answer_is_dated_by_the_providers_own_clock() {
    let date = vec![("date", "Fri, 13 Feb 2026 14:29:50 GMT".to_owned())];
    let server = Receiver::answering(move |_| json_with(date.clone()));
    let (messenger, _) = messenger();
    let answer = messenger.ask(&access(AZURE, &server.url("/contoso")), &call("/x")).await.unwrap();
    assert_eq!(answer.at, Timestamp(NOW - 10_000));
}

#[tokio::test]
async fn no_token_leaves_for_an_address_that_somebody_else_names() {
    let foreign = Receiver::answering(|_| (200, json!({})).into());
    let (there, elsewhere) = (foreign.url("/contoso"), foreign.url("/_signin"));

    // A payload names it: without an administrator's word there is no way to ask it.
    let vouched = Vouched::own(AZURE, &there);
    assert_eq!(vouched, Err(NotVouched::Foreign { base: there.clone() }));

    // A redirect goes to it.
    let server = Receiver::answering(move |_| Reply {
        status: 302,
        headers: vec![("location", elsewhere.clone())],
        ..Reply::default()
    });
    let (messenger, _) = messenger();
    let own = access(AZURE, &server.url("/contoso"));
    let asked = messenger.ask(&own, &call("/x")).await.unwrap_err();
    assert_eq!(asked.code(), "token_refused");

    // An answer has it as an address, and somebody takes it for a path.
    for path in
        [format!("{there}/logs/1"), "@evil.test/logs/1".to_owned(), "/../fabrikam/x".to_owned()]
    {
        let asked = messenger.ask(&own, &call(&path)).await.unwrap_err();
        assert_eq!(asked.code(), "base_not_confirmed", "{path}");
    }
    assert_eq!(server.got().len(), 1);
    assert_eq!(foreign.got().len(), 0);
}

#[tokio::test]
async fn a_base_names_services_on_its_own_server_and_no_others() {
    let foreign = Receiver::answering(|_| (200, json!({})).into());
    let releases_at = Arc::new(Mutex::new(String::new()));
    let location = Arc::clone(&releases_at);
    let server = Receiver::answering(move |received| {
        if !received.path().ends_with("/_apis/resourceAreas") {
            return (200, json!({"id": 7})).into();
        }
        let release = "efc2f575-36ef-48e9-b672-0c6fb4a48ac5";
        let location = location.lock().unwrap().clone();
        (200, json!({"value": [{"id": release, "locationUrl": location}]})).into()
    });
    *releases_at.lock().unwrap() = server.url("/vsrm/contoso/");
    let (messenger, clock) = messenger();
    let access = access(AZURE, &server.url("/contoso"));
    for host in [Host::Release, Host::Main, Host::Release] {
        messenger.ask(&access, &Call { host, ..call("/Web/_apis/x") }).await.unwrap();
    }
    let paths = |server: &Receiver| -> Vec<_> {
        server.got().iter().map(|received| received.path().to_owned()).collect()
    };
    let asked = [
        "/contoso/_apis/resourceAreas",
        "/vsrm/contoso/Web/_apis/x",
        "/contoso/Web/_apis/x",
        "/vsrm/contoso/Web/_apis/x",
    ];
    assert_eq!(paths(&server), asked);
    assert_eq!(foreign.got().len(), 0);

    // What it names is forgotten after half a day; elsewhere a token does not go.
    *releases_at.lock().unwrap() = foreign.url("/contoso");
    clock.advance(Duration::from_hours(13));
    messenger.ask(&access, &Call { host: Host::Release, ..call("/y") }).await.unwrap();
    assert_eq!(paths(&server)[4..], ["/contoso/_apis/resourceAreas", "/contoso/y"]);
    assert_eq!(foreign.got().len(), 0);
}

#[tokio::test]
async fn a_server_that_has_no_list_of_services_has_them_all_on_its_base() {
    let server = Receiver::answering(|received| {
        let is_list = received.path().ends_with("resourceAreas");
        if is_list { 404.into() } else { (200, json!({"id": 7})).into() }
    });
    let (messenger, _) = messenger();
    let access = access(AZURE, &server.url("/tfs/Main"));
    messenger.ask(&access, &Call { host: Host::Release, ..call("/x") }).await.unwrap();
    assert_eq!(server.got()[1].path(), "/tfs/Main/x");
}

#[tokio::test]
async fn answers_of_azure_devops_are_told_apart() {
    let sign_in = "<html><title>Sign In</title></html>";
    for (reply, code) in [
        (Reply { status: 203, ..page("text/html; charset=utf-8", sign_in) }, "token_refused"),
        (page("text/html", sign_in), "token_refused"),
        (Reply { status: 302, ..page("text/html", "Object moved") }, "token_refused"),
        (401.into(), "token_refused"),
        ((403, json!({"message": "TF400813: no"})).into(), "token_lacks_scope"),
        ((404, json!({"message": "VS800075: no"})).into(), "not_found"),
        (410.into(), "gone"),
        (429.into(), "rate_limited"),
        (500.into(), "provider_unwell"),
        (503.into(), "provider_unwell"),
        (400.into(), "rejected"),
        (page("text/plain", "hello"), "unreadable"),
        (204.into(), "ok"),
        ((200, json!({"id": 7})).into(), "ok"),
    ] {
        let (status, kind) = (reply.status, reply.headers.clone());
        assert_eq!(code_of(AZURE, reply).await, code, "{status} {kind:?}");
    }
}

#[tokio::test]
async fn a_right_that_is_known_to_be_missing_is_named_where_the_service_calls_the_token_wrong() {
    let server = Receiver::answering(|_| 401.into());
    let (messenger, _) = messenger();
    let lacks = vec!["Build (read)".to_owned()];
    let access = Access { lacks, ..access(AZURE, &server.url("/contoso")) };
    let refused = messenger.ask(&access, &call("/x")).await.unwrap_err();
    assert_eq!(refused.code(), "token_lacks_scope");
    assert!(refused.to_string().contains("Build (read)"), "{refused}");
    let other = Call { right: "Test Management (read)", ..call("/y") };
    assert_eq!(messenger.ask(&access, &other).await.unwrap_err().code(), "token_refused");
}

#[tokio::test]
async fn answers_of_buildkite_are_told_apart() {
    for (reply, code) in [
        ((401, json!({"message": "Authentication required"})).into(), "token_refused"),
        ((403, json!({"message": "no scope"})).into(), "token_lacks_scope"),
        ((404, json!({"message": "No build found"})).into(), "not_found"),
        ((429, json!({"message": "Too many"})).into(), "rate_limited"),
        ((502, json!({})).into(), "provider_unwell"),
        ((422, json!({"message": "no"})).into(), "rejected"),
        (302.into(), "rejected"),
        ((200, json!([])).into(), "ok"),
    ] {
        let reply: Reply = reply;
        let status = reply.status;
        assert_eq!(code_of(BUILDKITE, reply).await, code, "{status}");
    }
}

#[tokio::test]
async fn the_providers_own_words_are_part_of_the_reason() {
    let server =
        Receiver::answering(|_| (403, json!({"message": "TF400813: not authorized"})).into());
    let (messenger, _) = messenger();
    let asked = messenger.ask(&access(AZURE, &server.url("/contoso")), &call("/x")).await;
    let told = asked.unwrap_err().to_string();
    assert_eq!(told, "the token lacks Build (read): TF400813: not authorized");
}

#[tokio::test]
async fn who_is_asked_to_wait_is_left_alone_also_after_a_success() {
    let server = Receiver::answering(|_| json_with(vec![("retry-after", "7".to_owned())]));
    let (messenger, clock) = messenger();
    let one = access(AZURE, &server.url("/contoso"));
    messenger.ask(&one, &call("/x")).await.unwrap();
    let early = messenger.ask(&one, &call("/x")).await;
    assert_eq!(early, Err(AskError::Later(Duration::from_secs(7))));
    // Another token is another account.
    let other = Access { credential: Credential::Pat(Secret::new("another")), ..one.clone() };
    messenger.ask(&other, &call("/x")).await.unwrap();
    clock.advance(Duration::from_secs(7));
    messenger.ask(&one, &call("/x")).await.unwrap();
    assert_eq!(server.got().len(), 3);
}

#[tokio::test]
async fn buildkite_is_never_asked_beyond_its_limit_and_others_keep_their_share() {
    // Fifty a minute, of which another tool has used ten already.
    let used = Arc::new(AtomicU64::new(10));
    let counted = Arc::clone(&used);
    let server = Receiver::answering(move |_| {
        let left = 50_u64.saturating_sub(counted.fetch_add(1, Ordering::Relaxed) + 1);
        json_with(vec![
            ("ratelimit-limit", "200".to_owned()),
            ("ratelimit-remaining", (left + 150).to_string()),
            ("ratelimit-reset", "60".to_owned()),
            ("ratelimit-user-limit", "50".to_owned()),
            ("ratelimit-user-remaining", left.to_string()),
            ("ratelimit-user-reset", "60".to_owned()),
        ])
    });
    let (messenger, clock) = messenger();
    let access = access(BUILDKITE, &server.url("/v2"));
    for minute in 1..=3 {
        let mut later = None;
        for _ in 0..60 {
            if let Err(error) = messenger.ask(&access, &call("/x")).await {
                later = Some(error);
                break;
            }
        }
        assert_eq!(later, Some(AskError::Later(Duration::from_mins(1))), "minute {minute}");
        assert_eq!(used.load(Ordering::Relaxed), 40, "minute {minute}");
        clock.advance(Duration::from_mins(1));
        used.store(10, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn few_questions_are_on_their_way_at_once() {
    let server = Receiver::answering(|_| (200, json!({"id": 7})).into());
    let (messenger, _) = messenger();
    let access = access(AZURE, &server.url("/contoso"));
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(messenger.ask_stream(&access, &call("/x")).await.unwrap());
    }
    let fifth = messenger.ask_stream(&access, &call("/x")).await.unwrap_err();
    assert!(matches!(fifth, AskError::Later(_)), "{fifth:?}");
    open.pop();
    messenger.ask_stream(&access, &call("/x")).await.unwrap();
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_no_answer() {
    let cut = |length| Reply { cut: Some(length), ..Reply::from((200, json!({"id": 7}))) };
    assert_eq!(code_of(AZURE, cut(0)).await, "unreachable");
    assert_eq!(code_of(AZURE, cut(3)).await, "unreachable");

    let packed = packed(b"hello, hello, hello");
    let headers =
        vec![("content-type", "text/plain".to_owned()), ("content-encoding", "gzip".to_owned())];
    // As long as it says, but what is in it is not whole.
    let half = Reply { status: 200, headers, body: packed[..packed.len() - 6].to_vec(), cut: None };
    let server = Receiver::answering(move |_| half.clone());
    let (messenger, _) = messenger();
    let text = Call { accept: Accept::Text, ..call("/x") };
    let asked = messenger.ask(&access(AZURE, &server.url("/contoso")), &text).await;
    assert_eq!(asked.unwrap_err().code(), "unreachable");
}

#[tokio::test]
async fn who_does_not_answer_is_told_from_who_is_not_there() {
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/contoso", silent.local_addr().unwrap());
    let patience = Patience { head: Duration::from_millis(50), idle: Duration::from_millis(50) };
    let limits = Limits { patience, ..Limits::default() };
    let clock = Clock::standing_at(Timestamp(NOW));
    let messenger = Messenger::with_limits(Client::new().unwrap(), clock, limits);
    let asked = messenger.ask(&access(AZURE, &address), &call("/x")).await;
    assert_eq!(asked, Err(AskError::Timeout(Duration::from_millis(50))));
    drop(silent);
    let asked = messenger.ask(&access(AZURE, &address), &call("/x")).await.unwrap_err();
    assert_eq!(asked.code(), "unreachable");
    assert!(!asked.to_string().contains("127.0.0.1"), "{asked}");
}

#[tokio::test]
async fn what_is_larger_than_wanted_is_not_read_and_what_is_streamed_comes_in_pieces() {
    let body = vec![b'x'; 3_000_000];
    let plain = Reply { body: body.clone(), ..page("text/plain", "") };
    let mut zipped = Reply { body: packed(&body), ..page("text/plain", "") };
    zipped.headers.push(("content-encoding", "gzip".to_owned()));
    for reply in [plain, zipped] {
        let server = Receiver::answering(move |_| reply.clone());
        let (messenger, _) = messenger();
        let access = access(AZURE, &server.url("/contoso"));
        let text = Call { accept: Accept::Text, ..call("/x") };
        assert_eq!(messenger.ask(&access, &text).await.unwrap_err().code(), "too_large");
        let mut stream = messenger.ask_stream(&access, &text).await.unwrap();
        let (mut length, mut largest) = (0, 0);
        while let Some(piece) = stream.chunk().await.unwrap() {
            assert!(piece.iter().all(|byte| *byte == b'x'));
            length += piece.len();
            largest = largest.max(piece.len());
        }
        // Three kilobytes of packed bytes become all three million at once; no piece of four can
        // become more than four million.
        assert!(length == 3_000_000 && largest <= 4_200_000, "{length} {largest}");
        assert_eq!(server.got()[0].header("accept-encoding"), Some("gzip"));
    }
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// Azure DevOps and Entra in one, the one with tokens that the other gave out.
fn with_entra(is_refused: impl Fn(&Received) -> bool + Send + Sync + 'static) -> Receiver {
    let given = AtomicU64::new(0);
    Receiver::answering(move |received| match received.path() {
        "/acme.test/oauth2/v2.0/token" => {
            let form = String::from_utf8_lossy(&received.body).into_owned();
            if !form.contains("client_secret=not-a-real-secret") {
                let told = json!({"error": "invalid_client", "error_codes": [7_000_215]});
                return (401, told).into();
            }
            let number = given.fetch_add(1, Ordering::Relaxed) + 1;
            let told = json!({"expires_in": 3_600, "access_token": format!("given-{number}")});
            (200, told).into()
        }
        _ if is_refused(received) => 401.into(),
        _ => (200, json!({"id": 7})).into(),
    })
}

fn entra(server: &Receiver, secret: &str) -> Access {
    let credential = Credential::Entra(EntraApp {
        tenant: "acme.test".to_owned(),
        client_id: "4711".to_owned(),
        secret: Secret::new(secret),
        authority: server.url(""),
    });
    Access { credential, ..access(AZURE, &server.url("/contoso")) }
}

fn bearers(server: &Receiver) -> Vec<String> {
    let got = server.got();
    let sent = got.iter().filter_map(|received| received.header("authorization"));
    sent.map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn an_application_gets_a_token_once_and_another_before_it_ends() {
    let server = with_entra(|_| false);
    let (messenger, clock) = messenger();
    let access = entra(&server, "not-a-real-secret");
    for minutes in [0, 30, 24, 2] {
        clock.advance(Duration::from_mins(minutes));
        messenger.ask(&access, &call("/x")).await.unwrap();
    }
    let sent = ["Bearer given-1", "Bearer given-1", "Bearer given-1", "Bearer given-2"];
    assert_eq!(bearers(&server), sent);
}

#[tokio::test]
async fn a_token_that_was_given_out_and_is_refused_is_not_used_again() {
    let server = with_entra(|received| received.header("authorization") == Some("Bearer given-1"));
    let (messenger, _) = messenger();
    let access = entra(&server, "not-a-real-secret");
    let asked = messenger.ask(&access, &call("/x")).await.unwrap_err();
    assert_eq!(asked.code(), "token_refused");
    messenger.ask(&access, &call("/x")).await.unwrap();
    assert_eq!(bearers(&server), ["Bearer given-1", "Bearer given-2"]);
}

#[tokio::test]
async fn an_application_with_a_wrong_secret_asks_nobody_and_says_why() {
    let server = with_entra(|_| false);
    let (messenger, _) = messenger();
    let asked = messenger.ask(&entra(&server, "mistyped"), &call("/x")).await.unwrap_err();
    assert_eq!(asked.code(), "token_refused");
    let told = asked.to_string();
    assert!(told.contains("the client secret is wrong"), "{told}");
    assert!(!told.contains("mistyped"), "{told}");
    assert_eq!(bearers(&server), Vec::<String>::new());
}

#[tokio::test]
async fn how_a_token_fares_is_kept_for_who_writes_it_down() {
    let statuses = Mutex::new(vec![404, 401, 200]);
    let server = Receiver::answering(move |_| {
        (statuses.lock().unwrap().pop().unwrap_or(200), json!({})).into()
    });
    let (messenger, clock) = messenger();
    let access = access(AZURE, &server.url("/contoso"));
    messenger.ask(&access, &call("/x")).await.unwrap();
    clock.advance(Duration::from_secs(1));
    messenger.ask(&access, &call("/x")).await.unwrap_err();
    // That one thing is not there says nothing of the token.
    messenger.ask(&access, &call("/x")).await.unwrap_err();
    let [(id, standing)] = &messenger.standings()[..] else { panic!("one token") };
    assert_eq!((*id, standing.last_ok_at), (AccessId::Set(1), Some(Timestamp(NOW))));
    let trouble = standing.trouble.as_ref().unwrap();
    assert_eq!((trouble.at, trouble.code.as_str()), (Timestamp(NOW + 1_000), "token_refused"));
    messenger.forget(*id);
    assert_eq!(messenger.standings(), []);
}
