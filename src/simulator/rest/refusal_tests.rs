//! Who is not answered, or not well: without a good token, too often, or because a script says so.

use serde_json::Value;

use super::faults::{Mishap, Mishaps, RestFault};
use super::tests::{NOW, azure, buildkite, header, json, rest, unlimited};
use super::*;
use crate::simulator::delivery::Whose;
use crate::simulator::world::acme;

#[test]
fn a_wrong_token_is_refused_with_each_of_the_providers_faces() {
    let rest = rest();
    let path = "/contoso/_apis/projects";
    let wrong = || Ask::get(path).with("authorization", "Basic Ondyb25n");
    let answer = rest.answer(&wrong());
    assert_eq!(
        (answer.status, header(&answer, "content-type")),
        (203, Some("text/html; charset=utf-8"))
    );
    let answer = rest.answer(&wrong().with("x-tfs-fedauthredirect", "Suppress"));
    assert_eq!(answer.status, 401);
    let answer = rest.answer(&Ask::get(path));
    assert_eq!(answer.status, 302);
    assert!(header(&answer, "location").unwrap().contains("/_signin"));
    // A personal token is no bearer token.
    assert_eq!(rest.answer(&buildkite(path)).status, 203);
    let whom = json(&rest, &Ask::get("/contoso/_apis/connectionData"));
    assert_eq!(whom["authenticatedUser"]["providerDisplayName"], "Anonymous");
    assert_eq!(rest.answer(&Ask::get("/v2/organizations")).status, 401);
    assert_eq!(rest.tally().unauthorized, 6);

    let missing = rest.answer(&azure("/contoso/Web/_apis/build/builds/999999999"));
    assert_eq!(missing.status, 404);
    let body: Value = serde_json::from_slice(&missing.whole()).unwrap();
    assert_eq!(body["typeKey"], "BuildNotFoundException");
    let missing = rest.answer(&azure("/contoso/Nowhere/_apis/build/builds"));
    let body: Value = serde_json::from_slice(&missing.whole()).unwrap();
    assert_eq!(body["typeKey"], "ProjectDoesNotExistWithNameException");
}

#[test]
fn an_application_gets_a_token_that_opens_and_expires() {
    let clock = Clock::standing_at(NOW);
    let settings = Settings { clock: clock.clone(), ..unlimited() };
    let rest = Rest::new(settings, Archive::new(NOW));
    let ask = |secret: &str| {
        Ask {
        body: format!(
            "grant_type=client_credentials&client_id=app&client_secret={secret}&scope=499b84ac-1321-\
             427f-aa17-267ca6975798%2F.default"
        )
        .into_bytes(),
        ..Ask::of("POST", "/entra/contoso.example/oauth2/v2.0/token")
    }
    };
    assert_eq!(rest.answer(&ask("guessed")).status, 401);
    let token = json(&rest, &ask(ENTRA_SECRET))["access_token"].as_str().unwrap().to_owned();
    let call = || {
        let bearer = format!("Bearer {token}");
        Ask::get("/contoso/_apis/projects").with("authorization", bearer)
    };
    assert_eq!(rest.answer(&call()).status, 200);
    clock.advance(Duration::from_hours(1));
    assert_eq!(rest.answer(&call()).status, 203);
}

#[test]
fn limits_are_told_and_kept() {
    let clock = Clock::standing_at(NOW);
    let rest = Rest::new(Settings::new(clock.clone()), Archive::new(NOW));
    let ask = buildkite("/v2/organizations");
    for left in (0..50).rev() {
        let answer = rest.answer(&ask);
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer, "ratelimit-user-remaining"), Some(left.to_string().as_str()));
    }
    let answer = rest.answer(&ask);
    assert_eq!(answer.status, 429);
    assert_eq!(header(&answer, "ratelimit-user-reset"), Some("60"));
    assert_eq!(header(&answer, "retry-after"), None);
    let body: Value = serde_json::from_slice(&answer.whole()).unwrap();
    assert_eq!(
        (&body["scope"], &body["limit"], &body["current"]),
        (&"rest_user".into(), &50.into(), &51.into())
    );
    clock.advance(Duration::from_mins(1));
    assert_eq!(rest.answer(&ask).status, 200);
    assert_eq!(rest.tally().over_limit, 1);

    let limits = Limits { azure: 10, ..Limits::NONE };
    let rest = Rest::new(Settings { limits, ..unlimited() }, Archive::new(NOW));
    let ask = azure("/contoso/_apis/projects");
    let answers: Vec<Answer> = (0..11).map(|_| rest.answer(&ask)).collect();
    assert_eq!(header(&answers[0], "x-ratelimit-remaining"), None, "only told when it is near");
    assert_eq!(header(&answers[8], "x-ratelimit-remaining"), Some("1"));
    assert_eq!((answers[9].status, header(&answers[9], "retry-after")), (200, Some("1")));
    assert_eq!(answers[10].status, 429);
    assert!(header(&answers[10], "retry-after").is_some());
}

#[test]
fn a_token_that_goes_to_the_store_is_noticed() {
    let rest = rest();
    let builds =
        json(&rest, &azure("/contoso/Web/_apis/build/builds?resultFilter=succeeded&$top=1"));
    let path = format!("/contoso/Web/_apis/build/builds/{}/artifacts", builds["value"][0]["id"]);
    let address = json(&rest, &azure(&path))["value"][0]["resource"]["downloadUrl"].clone();
    let address = address.as_str().unwrap();
    let (host, path) = address.trim_start_matches("http://").split_once('/').unwrap();
    assert_eq!(host, "localhost:4100", "another host than the one that was asked");
    let bytes = rest.answer(&Ask::get(&format!("/{path}")));
    assert_eq!(bytes.status, 200);
    assert_eq!(rest.answer(&azure(&format!("/{path}"))).status, 400);
    assert_eq!(rest.tally().stray_tokens, 1);

    let mut slugs = acme().pipelines.iter().map(|pipeline| pipeline.slug.as_str());
    let download = slugs
        .find_map(|slug| {
            let path =
                format!("/v2/organizations/acme/pipelines/{slug}/builds?state=passed&per_page=1");
            let number = json(&rest, &buildkite(&path))[0]["number"].clone();
            let path = format!("/v2/organizations/acme/pipelines/{slug}/builds/{number}/artifacts");
            let found = json(&rest, &buildkite(&format!("{path}?path=*.xml&state=finished")));
            found[0]["download_url"].as_str().map(str::to_owned)
        })
        .expect("a report of tests");
    let path = download.trim_start_matches("http://127.0.0.1:4100");
    let answer = rest.answer(&buildkite(path));
    assert_eq!(answer.status, 302);
    assert!(header(&answer, "location").unwrap().starts_with("http://localhost:4100/store/"));
}

#[test]
fn a_script_spoils_what_it_names_as_often_as_it_says() {
    let fault = RestFault::first(Mishap::Unavailable, 2, "builds/*/timeline");
    let mut mishaps = Mishaps::new(vec![fault], NOW);
    let ask = azure("/contoso/Web/_apis/build/builds/1/timeline");
    let befell: Vec<bool> = (0..4).map(|_| mishaps.befall(&ask, NOW).is_some()).collect();
    assert_eq!(befell, [true, true, false, false]);
    let other = azure("/contoso/Web/_apis/build/builds/1/timeline/x");
    let fault =
        RestFault { route: Some("builds/*/timeline".into()), ..RestFault::new(Mishap::Cut) };
    assert!(Mishaps::new(vec![fault], NOW).befall(&other, NOW).is_none());
    let fault = RestFault {
        route: Some("build/**".into()),
        provider: Some(Whose::Azure),
        share: 0.25,
        ..RestFault::new(Mishap::Error)
    };
    let mut mishaps = Mishaps::new(vec![fault], NOW);
    let count = (0..1_000).filter(|_| mishaps.befall(&other, NOW).is_some()).count();
    assert!((200..300).contains(&count), "{count}");
    assert!(mishaps.befall(&buildkite("/v2/build/x"), NOW).is_none());
}
