use serde_json::{Value, json};

use super::*;

fn whose(body: &Value) -> Result<Whose, Unreadable> {
    let text = body.to_string();
    Whose::of(&Members::of_body(text.as_bytes()).expect("an object"), "id")
}

fn known(body: &Value) -> (Provider, String, Vec<String>) {
    let whose = whose(body).expect("identified");
    let source = whose.source.words().remove(0).key;
    let keys = whose.keys.iter().map(|(scheme, key)| format!("{scheme}:{key}")).collect();
    (whose.source.provider, source, keys)
}

#[test]
fn the_host_of_the_instance_says_whose_it_is() {
    for (instance, word, provider, source) in [
        ("https://github.com/Acme/Shop", "github", Provider::Github, "acme/shop"),
        ("https://github.com/acme/shop/", "", Provider::Github, "acme/shop"),
        ("acme/shop", "", Provider::Github, "acme/shop"),
        ("acme/shop", "github-actions", Provider::Github, "acme/shop"),
        ("https://ghe.example.com/acme/shop", "github", Provider::Github, "acme/shop"),
        ("https://gitlab.com/acme/shop", "", Provider::Gitlab, "gitlab.com"),
        ("https://git.example.com/acme/shop", "gitlab", Provider::Gitlab, "git.example.com"),
        ("acme/shop", "GitLab", Provider::Gitlab, "gitlab.com"),
        ("https://buildkite.com/acme", "", Provider::Buildkite, "acme"),
        ("buildkite.com/acme/shop", "", Provider::Buildkite, "acme"),
        ("acme", "buildkite", Provider::Buildkite, "acme"),
        ("https://dev.azure.com/Contoso/Web", "", Provider::AzureDevops, "contoso"),
        ("https://contoso.visualstudio.com", "", Provider::AzureDevops, "contoso"),
        ("https://ci.example.com/jenkins/", "jenkins", Provider::Jenkins, "ci.example.com/jenkins"),
        ("https://ci.example.com", "drone", Provider::Reporter, "https://ci.example.com"),
        ("build-master-1", "", Provider::Reporter, "build-master-1"),
    ] {
        let body = json!({"jenkinsInstanceId": instance, "source": word, "externalRunId": "7"});
        let (is, of, _) = known(&body);
        assert_eq!((is, of.as_str()), (provider, source), "{instance} {word}");
    }
}

#[test]
fn a_build_is_known_by_the_words_of_its_own_ci() {
    let run = "0192f0aa-1111-7000-8000-000000000001";
    for (body, keys) in [
        (
            json!({"jenkinsInstanceId": "https://github.com/acme/shop", "jobName": "CI",
                   "buildNumber": "88", "externalRunId": 12_345_678_901_i64}),
            vec!["run:12345678901", "number:CI/88"],
        ),
        (
            json!({"jenkinsInstanceId": "https://github.com/acme/shop", "externalRunId": "x",
                   "url": "https://github.com/acme/shop/actions/runs/77"}),
            vec!["run:77"],
        ),
        (
            json!({"jenkinsInstanceId": "https://buildkite.com/acme", "jobName": "Shop CI",
                   "buildNumber": 12, "externalRunId": run.to_uppercase()}),
            vec!["uuid:0192f0aa-1111-7000-8000-000000000001", "number:shop-ci/12"],
        ),
        (
            // Computed, so no build of Buildkite is called so.
            json!({"jenkinsInstanceId": "https://buildkite.com/acme",
                   "url": "https://buildkite.com/acme/shop/builds/12",
                   "externalRunId": "2ed6657d-e927-568b-95e1-2665a8aea6a2"}),
            vec!["number:shop/12"],
        ),
        (
            json!({"jenkinsInstanceId": "https://dev.azure.com/contoso", "jobName": "shop",
                   "buildNumber": 4711}),
            vec!["build_id:4711"],
        ),
        (
            json!({"jenkinsInstanceId": "https://dev.azure.com/contoso", "externalRunId": "20261127.3",
                   "url": "https://dev.azure.com/contoso/Web/_build/results?view=x&buildId=4711"}),
            vec!["build_id:4711"],
        ),
        (
            json!({"jenkinsInstanceId": "https://gitlab.com/acme/shop", "buildNumber": 3,
                   "url": "https://gitlab.com/acme/shop/-/pipelines/31", "jobName": "shop"}),
            vec!["run:31", "number:acme/shop/shop/3"],
        ),
        (
            json!({"jenkinsInstanceId": "https://ci.example.com", "source": "jenkins",
                   "jobName": "shop/main", "buildNumber": 5}),
            vec!["run:shop/main#5", "number:shop/main/5"],
        ),
        (
            json!({"jenkinsInstanceId": "x", "jobName": "shop", "buildNumber": 5,
                   "id": "AAAAAAAA-0000-4000-8000-000000000001"}),
            vec!["client:aaaaaaaa-0000-4000-8000-000000000001", "number:shop/5"],
        ),
    ] {
        assert_eq!(known(&body).2, keys, "{body}");
    }
}

#[test]
fn an_id_that_a_client_made_is_the_address_where_nothing_stronger_is_told() {
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    let body = json!({"jenkinsInstanceId": "x", "jobName": "shop", "buildNumber": 5, "id": id});
    assert_eq!(whose(&body).unwrap().address(), id);
    let stronger = json!({"jenkinsInstanceId": "x", "externalRunId": "9", "id": id});
    let stronger = whose(&stronger).unwrap();
    assert_ne!(stronger.address(), id);
    assert_eq!(stronger.names, [id.to_owned(), stronger.address()]);
}

#[test]
fn what_identifies_nothing_is_told_by_its_member() {
    let lacks = |body: Value| whose(&body).unwrap_err().path;
    assert_eq!(lacks(json!({"jenkinsInstanceId": "x"})), "externalRunId");
    assert_eq!(lacks(json!({"jobName": "shop", "buildNumber": null})), "buildNumber");
    assert_eq!(lacks(json!({"id": "x".repeat(600)})), "id");
}
