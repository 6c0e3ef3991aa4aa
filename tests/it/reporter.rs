//! `creel report`: the binary in a job of a CI, and a server that remembers what it was sent.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::receiver::{Receiver, Reply};
use crate::support::reports::{PAGE, sent, server, taken};

const KEY: &str = "not-a-key-0123456789";

const GREEN: &str =
    "<testsuite name='unit'><testcase classname='a.B' name='c' time='0.1'/></testsuite>";
const RED: &str = "<testsuite name='unit'><testcase classname='a.B' name='c'/><testcase classname='a.B' name='d'>\
                   <failure message='no'>at a.B</failure></testcase></testsuite>";

const BUILDKITE: &[(&str, &str)] = &[
    ("BUILDKITE", "true"),
    ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
    ("BUILDKITE_PIPELINE_SLUG", "shop-ci"),
    ("BUILDKITE_BUILD_ID", "0192f1aa-0000-4000-8000-000000000088"),
    ("BUILDKITE_BUILD_NUMBER", "88"),
    ("BUILDKITE_BRANCH", "main"),
    ("BUILDKITE_COMMIT", "9f3c2d1e0b4a59687f6e5d4c3b2a190817263544"),
    ("BUILDKITE_JOB_ID", "0192f1aa-0000-4000-8000-0000000000aa"),
    ("BUILDKITE_LABEL", "Tests"),
];

/// A job's directory and its variables.
struct Job {
    directory: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Job {
    fn new(variables: &[(&str, &str)]) -> Self {
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { directory: tempfile::tempdir().expect("a directory"), variables: pairs.collect() }
    }

    /// A job of Buildkite that reports to this server.
    fn reporting_to(server: &Receiver) -> Self {
        Self::new(BUILDKITE).with("CREEL_URL", &server.url("")).with("CREEL_API_KEY", KEY)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, content).expect("written");
        self
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_creel"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().cloned()).current_dir(self.directory.path());
        // No working copy but that of the test: the directory may lie in somebody's.
        command.env("GIT_CEILING_DIRECTORIES", Path::new("/"));
        let Output { status, stdout, stderr } =
            command.arg("report").args(arguments).output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Ended { code: status.code(), out: text(stdout), err: text(stderr) }
    }
}

#[test]
fn a_job_tells_its_tests_and_where_it_ran() {
    let server = server();
    let job = Job::reporting_to(&server)
        .with("TEST_RESULTS_GLOB", "**/TEST-*.xml")
        .with("BUILDKITE_API_TOKEN", "not-a-token&more")
        .file("app/TEST-a.xml", GREEN)
        .file("TEST-b.xml", RED)
        .file("other.xml", RED);
    let ended = job.run(&[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{}", ended.err);
    assert_eq!(
        ended.err,
        format!(
            "Buildkite: acme / shop-ci #88, job \"Tests\", main at 9f3c2d1\n  \
               TEST-b.xml      junit     2 tests: 1 passed, 1 failed\n  \
               app/TEST-a.xml  junit     1 test: 1 passed\n\
             Sent 2 reports, 3 tests: 2 passed, 1 failed, to {}\n\
             See {PAGE}?tab=tests\n",
            server.url("")
        )
    );
    let [received] = &server.got()[..] else { panic!("one request: {:?}", server.got()) };
    assert_eq!(received.target, "/api/v1/reports?buildkiteToken=not-a-token%26more");
    assert_eq!(received.header("x-api-key"), Some(KEY));
    let sent = sent(received);
    let red = sent.files.iter().find(|(name, _)| name == "TEST-b.xml").expect("the file");
    assert_eq!(red.1, RED.as_bytes());
    assert_eq!(sent.names(), ["TEST-b.xml", "app/TEST-a.xml"]);
    for (member, expected) in [
        ("provider", json!("buildkite")),
        ("build", json!("0192f1aa-0000-4000-8000-000000000088")),
        ("job", json!("Tests")),
        ("reporter", json!(concat!("creel ", env!("CARGO_PKG_VERSION")))),
    ] {
        assert_eq!(sent.ci[member], expected, "{}", sent.ci);
    }
    assert_eq!((&sent.ci["part"]["index"], &sent.ci["part"]["count"]), (&json!(0), &json!(1)));
    assert_eq!(sent.ci["status"], Value::Null, "hooks tell how it ended");
}

#[test]
fn options_go_before_variables() {
    let (there, server) = (server(), server());
    let job = Job::reporting_to(&there)
        .with("TEST_RESULTS_GLOB", "*.trx")
        .with("OTHER_KEY", "not-another-key")
        .file("a.xml", GREEN);
    let url = server.url("/creel/");
    let ended = job.run(&[
        "--url",
        &url,
        "--api-key",
        "env:OTHER_KEY",
        "--files",
        "*.xml",
        "--name",
        "unit",
        "--variant",
        "linux",
        "--job",
        "Unit tests",
        "--status",
        "failure",
        "--ci",
        r#"{"number": 89}"#,
        "--strict",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(there.got().is_empty());
    let received = &server.got()[0];
    assert_eq!(received.target, "/creel/api/v1/reports");
    assert_eq!(received.header("x-api-key"), Some("not-another-key"));
}

#[test]
fn what_is_no_report_is_left_out_and_what_is_broken_is_sent_all_the_same() {
    let server = server();
    let broken = &RED[..RED.len() - 30];
    let job = Job::reporting_to(&server)
        .file("r/a.xml", GREEN)
        .file("r/broken.xml", broken)
        .file("r/pom.xml", "<project/>")
        .file("r/empty.xml", "");
    let ended = job.run(&["--files", "r"]);
    assert_eq!(ended.code, Some(0));
    let line = |name: &str| {
        let line = ended.err.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name}: {}", ended.err)).to_owned()
    };
    assert!(line("pom.xml").contains("left out: not a test report"), "{}", line("pom.xml"));
    assert!(line("empty.xml").contains("left out: the file is empty"), "{}", line("empty.xml"));
    let told = line("broken.xml");
    assert!(
        told.contains("broken at line 1, column ") && told.contains("sent all the same"),
        "{told}"
    );
    assert_eq!(sent(&server.got()[0]).names(), ["r/a.xml", "r/broken.xml"]);
}

#[test]
fn json_tells_the_same_to_programs() {
    let server = server();
    let job = Job::reporting_to(&server).file("a.xml", RED);
    let ended = job.run(&["--files", "*.xml", "--json"]);
    let told: Value = serde_json::from_str(&ended.out).expect("one document");
    assert_eq!(
        (&told["sent"], &told["reason"], &told["requests"]),
        (&json!(true), &Value::Null, &json!(1))
    );
    assert_eq!((&told["url"], &told["ci"]["number"]), (&json!(PAGE), &json!(88)));
    assert_eq!(
        told["tests"],
        json!({"total": 2, "passed": 1, "failed": 1, "errored": 0, "skipped": 0})
    );
    assert_eq!(told["files"][0]["file"], "a.xml");
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let busy = std::sync::atomic::AtomicUsize::new(0);
    let server = Receiver::answering(move |_| {
        match busy.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply {
                status: 503,
                headers: vec![("retry-after", "0".to_owned())],
                ..Reply::default()
            },
            1 => Reply {
                status: 429,
                headers: vec![("retry-after", "0".to_owned())],
                ..Reply::default()
            },
            _ => (200, taken()).into(),
        }
    });
    let job = Job::reporting_to(&server).file("a.xml", GREEN);
    let ended = job.run(&["--files", "*.xml", "--strict"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let ids: Vec<Value> =
        server.got().iter().map(|received| sent(received).ci["part"]["id"].clone()).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| id.is_string() && *id == ids[0]), "one report: {ids:?}");
}

#[test]
fn a_server_that_asks_for_more_patience_than_there_is_ends_it() {
    let server = Receiver::answering(|_| Reply {
        status: 503,
        headers: vec![("retry-after", "3600".to_owned())],
        ..Reply::default()
    });
    let job = Job::reporting_to(&server).file("a.xml", GREEN);
    let ended = job.run(&["--files", "*.xml"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains("nothing was sent: ") && ended.err.contains("answered 503"),
        "{}",
        ended.err
    );
    assert_eq!(server.got().len(), 1);
}

#[test]
fn what_a_server_refuses_is_not_tried_again_and_says_why() {
    for (status, hint) in
        [(401, "CREEL_API_KEY"), (403, "scope `ingest`"), (404, "CREEL_URL"), (400, "")]
    {
        let server =
            Receiver::answering(move |_| (status, json!({"detail": "so it is not"})).into());
        let job = Job::reporting_to(&server).file("a.xml", GREEN);
        let ended = job.run(&["--files", "*.xml"]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(
            ended.err.contains(&format!("refused it with {status}: so it is not")),
            "{}",
            ended.err
        );
        assert!(ended.err.contains(hint), "{}", ended.err);
        assert_eq!(server.got().len(), 1);
        let strict = job.run(&["--files", "*.xml", "--strict"]);
        assert_eq!(strict.code, Some(1));
        assert!(strict.err.contains("error: nothing was sent: "), "{}", strict.err);
    }
}

#[test]
fn a_redirect_is_named_and_the_key_does_not_go_along() {
    let elsewhere = server();
    let to = elsewhere.url("/api/v1/reports?buildkiteToken=not-a-token");
    let server = Receiver::answering(move |_| Reply {
        status: 308,
        headers: vec![("location", to.clone())],
        ..Reply::default()
    });
    let job = Job::reporting_to(&server).file("a.xml", GREEN);
    let ended = job.run(&["--files", "*.xml"]);
    assert!(
        ended.err.contains(&format!("it leads to {}\n", elsewhere.url("/api/v1/reports"))),
        "{}",
        ended.err
    );
    assert!(elsewhere.got().is_empty());
}

#[test]
fn a_server_that_is_away_does_not_fail_the_job() {
    let mut server = server();
    let job = Job::reporting_to(&server).file("a.xml", GREEN);
    server.goes_away();
    let ended = job.run(&["--files", "*.xml", "--timeout", "1"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.err.contains("warning: nothing was sent: "), "{}", ended.err);
    assert!(ended.err.contains("connection refused"), "{}", ended.err);
    assert!(!ended.err.contains('\r') && !ended.err.contains('\x1b'), "no terminal: {}", ended.err);
    assert_eq!(job.run(&["--files", "*.xml", "--timeout", "1", "--strict"]).code, Some(1));
}

#[test]
fn whatever_is_missing_is_said_and_nothing_is_sent() {
    let server = server();
    let url = server.url("");
    let whole = || Job::new(BUILDKITE).file("a.xml", GREEN);
    for (job, arguments, says) in [
        (whole().with("CREEL_API_KEY", KEY), &["--files", "*.xml"][..], "CREEL_URL is not set"),
        (whole().with("CREEL_URL", &url), &["--files", "*.xml"], "CREEL_API_KEY is not set"),
        (
            whole().with("CREEL_URL", "ftp://x").with("CREEL_API_KEY", KEY),
            &["--files", "a.xml"],
            "http and https",
        ),
        (Job::reporting_to(&server), &[], "nothing says which files"),
        (Job::reporting_to(&server), &["--files", "*.xml"], "no report of tests was found"),
        (
            whole().with("CREEL_URL", &url),
            &["--files", "a.xml", "--api-key", KEY],
            "--api-key takes env:NAME",
        ),
        (
            whole().with("CREEL_URL", &url).with("CREEL_API_KEY", "two\nlines"),
            &["--files", "a.xml"],
            "more than a key",
        ),
        (
            Job::new(&[]).with("CREEL_URL", &url).with("CREEL_API_KEY", KEY).file("a.xml", GREEN),
            &["--files", "a.xml"],
            "provider, source, build is missing",
        ),
        (Job::reporting_to(&server), &["--fiels", "*.xml"], "unexpected argument '--fiels'"),
    ] {
        let ended = job.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(says), "{says}: {}", ended.err);
        assert!(ended.err.contains("nothing was sent"), "{}", ended.err);
        assert!(!ended.err.contains(KEY), "{}", ended.err);
        let strict: Vec<&str> = arguments.iter().copied().chain(["--strict"]).collect();
        assert_ne!(job.run(&strict).code, Some(0), "{arguments:?}");
    }
    assert!(server.got().is_empty());
}

#[test]
fn a_fork_without_secrets_is_excused() {
    let server = server();
    let job = Job::new(BUILDKITE)
        .with("CREEL_URL", &server.url(""))
        .with("BUILDKITE_REPO", "git@github.com:acme/shop.git")
        .with("BUILDKITE_PULL_REQUEST", "12")
        .with("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/mallory/shop")
        .file("a.xml", GREEN);
    let ended = job.run(&["--files", "*.xml", "--strict"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.err.contains("builds of forks get no secrets"), "{}", ended.err);
}

#[test]
fn a_ci_that_nobody_knows_is_told_in_a_file() {
    let server = server();
    let told =
        r#"{"provider": "drone", "source": "ci.example.com", "pipeline": "shop", "build": 42}"#;
    let job = Job::new(&[])
        .with("CREEL_URL", &server.url(""))
        .with("BUILDBUTLER_API_KEY", KEY)
        .file("ci.json", told)
        .file("a.xml", GREEN);
    let ended = job.run(&["--files", "a.xml", "--ci", "ci.json", "--strict"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let sent = sent(&server.got()[0]);
    assert_eq!((&sent.ci["provider"], &sent.ci["build"]), (&json!("drone"), &json!("42")));
}

#[test]
fn elsewhere_the_build_is_told_without_tests_as_well() {
    let server = server();
    let job = Job::new(&[])
        .with("CREEL_URL", &server.url(""))
        .with("CREEL_API_KEY", KEY)
        .with("JENKINS_URL", "https://ci.example.com/")
        .with("JOB_NAME", "shop")
        .with("BUILD_NUMBER", "7");
    let ended = job.run(&["--status", "success", "--strict"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("Sent the build, to "), "{}", ended.err);
    let sent = sent(&server.got()[0]);
    assert_eq!((sent.files.len(), &sent.ci["status"]), (0, &json!("success")));
    // A pattern that finds nothing is a mistake, which strictness is for.
    let ended = job.run(&["--files", "*.xml", "--strict"]);
    assert_eq!((ended.code, server.got().len()), (Some(1), 2), "{}", ended.err);
}

#[test]
fn a_dry_run_shows_all_and_sends_nothing() {
    let server = server();
    let job = Job::reporting_to(&server).file("a.xml", RED);
    let ended = job.run(&["--files", "*.xml", "--dry-run", "--strict"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains("Would send 1 report, 2 tests: 1 passed, 1 failed, in 1 request to "),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("\"job_id\":\"0192f1aa-0000-4000-8000-0000000000aa\""),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains(KEY));
    assert!(server.got().is_empty());
}

#[test]
fn what_runners_write_in_json_is_found_among_other_json() {
    let server = server();
    let jest = include_str!("../fixtures/reports/jest.json");
    let job = Job::reporting_to(&server).file("out/jest.json", jest).file("out/package.json", "{}");
    let ended = job.run(&["--files", "out/*.json", "--dry-run", "--strict"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    for told in [
        "out/jest.json     jest_json 10 tests: 4 passed, 2 failed, 2 errored, 2 skipped\n",
        "out/package.json  left out: not a test report: an object without a list of tests",
        "Would send 1 report, 10 tests: ",
    ] {
        assert!(ended.err.contains(told), "{told}: {}", ended.err);
    }
}

#[test]
fn the_commit_of_head_comes_from_git() {
    let server = server();
    let job = Job::reporting_to(&server).with("BUILDKITE_COMMIT", "HEAD").file("a.xml", GREEN);
    let git = |arguments: &[&str]| {
        let run = Command::new("git").args(arguments).current_dir(job.directory.path()).output();
        run.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if git(&["init", "-q"]).is_err() {
        println!("git is not here: skipped");
        return;
    }
    let name = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    let commit = [&name[..], &["commit", "-q", "--allow-empty", "-m", "First"]].concat();
    git(&commit).expect("git");
    let head = git(&["rev-parse", "HEAD"]).expect("git");
    assert_eq!(head.len(), 40, "{head}");
    assert_eq!(job.run(&["--files", "a.xml"]).code, Some(0));
    assert_eq!(sent(&server.got()[0]).ci["commit"], json!(head));
}

#[test]
fn a_proxy_of_the_environment_is_used_but_for_hosts_it_leaves_out() {
    let (proxy, server) = (server(), server());
    let job = Job::reporting_to(&server).with("HTTP_PROXY", &proxy.url("")).file("a.xml", GREEN);
    assert_eq!(job.run(&["--files", "a.xml", "--strict"]).code, Some(0));
    assert_eq!((proxy.got().len(), server.got().len()), (1, 0));
    assert_eq!(proxy.got()[0].target, server.url("/api/v1/reports"));
    let job = job.with("NO_PROXY", "127.0.0.1");
    assert_eq!(job.run(&["--files", "a.xml", "--strict"]).code, Some(0));
    assert_eq!((proxy.got().len(), server.got().len()), (1, 1));
}

#[test]
fn what_does_not_fit_into_one_request_goes_in_several_and_a_huge_file_in_pieces() {
    let server = server();
    // 200,000 tests in 25 MiB, more than a server takes at once, packed or not.
    let mut huge = "<testsuites><testsuite name='huge'>".to_owned();
    for number in 0..200_000 {
        huge.push_str(&format!("<testcase classname='shop.TillTest' name='sells {number}' time='0.001' file='src/till/{number}.rs' line='7'/>\n"));
    }
    huge.push_str("</testsuite></testsuites>");
    assert!(huge.len() > 18 * 1024 * 1024, "{}", huge.len());
    let job = Job::reporting_to(&server).file("a.xml", GREEN).file("huge.xml", &huge);
    let ended = job.run(&["--files", "*.xml", "--strict", "--json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let told: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(told["tests"]["passed"], json!(200_001));
    let requests: Vec<_> = server.got().iter().map(sent).collect();
    assert!(requests.len() > 1, "{}", ended.err);
    let mut tests = 0;
    for (index, sent) in requests.iter().enumerate() {
        assert_eq!(sent.ci["part"]["index"], json!(index));
        assert_eq!(sent.ci["part"]["count"], json!(requests.len()));
        assert_eq!(sent.ci["part"]["id"], requests[0].ci["part"]["id"]);
        for (_, content) in &sent.files {
            tests += memchr::memmem::find_iter(content, "<testcase ").count();
        }
    }
    assert_eq!(tests, 200_001);
}

#[test]
fn parse_tells_what_is_in_files() {
    let job = Job::new(&[]).file("a.xml", RED).file("pom.xml", "<project/>");
    let ended = job.run(&["parse", "a.xml", "--json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let told: Value = serde_json::from_str(&ended.out).expect("one document");
    assert_eq!(
        told,
        json!({"items": [{"file": "a.xml", "format": "junit", "total": 2, "passed": 1, "failed": 1, "errored": 0,
                          "skipped": 0, "error": null}]})
    );
    let ended = job.run(&["parse", "a.xml", "pom.xml", "gone.xml"]);
    assert_eq!(ended.code, Some(1));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines[0], "a.xml: junit, 2 total, 1 passed, 1 failed, 0 errored, 0 skipped");
    assert!(lines[1].contains("not a test report: the root element is <project>"), "{}", lines[1]);
    assert!(lines[2].contains("cannot be read"), "{}", lines[2]);
    assert_eq!(ended.err, "error: 2 of 3 files are not read to their end\n");
    assert_eq!(job.run(&["parse"]).code, Some(2), "a mistake of people, and no job");
}
