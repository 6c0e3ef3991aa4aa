//! What runs in other people's jobs: the plugin of Buildkite, the template of Azure Pipelines, and the example
//! of each CI. Their commands are taken out of the files, and run by bash under the variables that the CI
//! documents, against a server that remembers.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use serde_yaml_ng as yaml;

use crate::support::receiver::Receiver;
use crate::support::reports::{sent, taken};
use crate::support::tools::fetched;

const KEY: &str = "not-a-key-0123456789";
const SHA: &str = "9f3c2d1e0b4a59687f6e5d4c3b2a190817263544";
const RED: &str = "<testsuite name='unit'><testcase classname='a.B' name='c'/><testcase classname='a.B' name='d'>\
                   <failure message='no'/></testcase></testsuite>";

type Variables = BTreeMap<String, String>;

fn integrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations")
}

fn text(file: &str) -> String {
    std::fs::read_to_string(integrations().join(file))
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn document(file: &str) -> yaml::Value {
    yaml::from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A server that hands out its binary and takes reports. The binary is a call of the real one: it weighs
/// hundreds of megabytes where it was built for tests.
fn server() -> Receiver {
    Receiver::answering(|received| match received.path() {
        "/download/creel" => {
            let body = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_creel"));
            crate::support::receiver::Reply {
                status: 200,
                body: body.into_bytes(),
                ..Default::default()
            }
        }
        _ => (200, taken()).into(),
    })
}

/// A job of a CI: a directory with a red report in it, and stand-ins for the programs of the CI.
struct Job {
    directory: tempfile::TempDir,
    server: Receiver,
    variables: Variables,
}

impl Job {
    fn new(pairs: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (server, place) = (server(), directory.path());
        std::fs::create_dir_all(place.join("job/app/reports")).expect("made");
        std::fs::create_dir_all(place.join("bin")).expect("made");
        std::fs::create_dir_all(place.join("tmp")).expect("made");
        std::fs::write(place.join("job/app/reports/TEST-a.xml"), RED).expect("written");
        let agent = place.join("bin/buildkite-agent");
        std::fs::write(&agent, "#!/bin/sh\necho \"$@\" >>../agent\n").expect("written");
        std::fs::set_permissions(&agent, PermissionsExt::from_mode(0o755)).expect("set");
        let mut variables = variables(pairs);
        variables.insert("CREEL_URL".to_owned(), server.url(""));
        variables.insert("CREEL_API_KEY".to_owned(), KEY.to_owned());
        Self { directory, server, variables }
    }

    /// Run a script as the CI does; returns what was said.
    fn run(&self, arguments: &[&str], more: &Variables) -> String {
        let place = self.directory.path();
        let path = std::env::var("PATH").expect("a path");
        let mut command = Command::new("bash");
        command.env_clear().env("PATH", format!("{}:{path}", place.join("bin").display()));
        command.env("GIT_CEILING_DIRECTORIES", "/").envs(&self.variables).envs(more);
        let output = command.args(arguments).current_dir(place.join("job")).output().expect("bash");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "the job fails: {said}");
        assert!(!said.contains(KEY), "the key is in the log: {said}");
        said
    }

    /// The one report that came.
    fn reported(&self, said: &str) -> Value {
        let got = self.server.got();
        let reports: Vec<_> = got.iter().filter(|got| got.method == "POST").map(sent).collect();
        let [report] = &reports[..] else { panic!("{} reports: {said}", reports.len()) };
        assert_eq!(report.names(), ["app/reports/TEST-a.xml"], "{said}");
        assert_eq!(report.files[0].1, RED.as_bytes());
        report.ci.clone()
    }
}

/// Run a script, and look at what it tells of the place.
fn tells(pairs: &[(&str, &str)], arguments: &[&str], more: &Variables, expected: Value) {
    let job = Job::new(pairs);
    let said = job.run(arguments, more);
    assert_tells(&job.reported(&said), expected);
    // With the server away the job ends the same.
    let mut away = Job::new(pairs);
    away.server.goes_away();
    away.run(arguments, more);
}

fn assert_tells(ci: &Value, expected: Value) {
    let Value::Object(expected) = expected else { panic!("an object") };
    for (member, value) in expected {
        assert_eq!(ci[&member], value, "{member}: {ci}");
    }
}

const BUILDKITE: &[(&str, &str)] = &[
    ("CI", "true"),
    ("BUILDKITE", "true"),
    ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
    ("BUILDKITE_PIPELINE_SLUG", "shop-ci"),
    ("BUILDKITE_PIPELINE_ID", "0189b2c4-0000-4000-8000-000000000001"),
    ("BUILDKITE_PIPELINE_NAME", "Shop CI"),
    ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
    ("BUILDKITE_BUILD_ID", "0192f1aa-0000-4000-8000-000000000088"),
    ("BUILDKITE_BUILD_NUMBER", "88"),
    ("BUILDKITE_BUILD_URL", "https://buildkite.com/acme/shop-ci/builds/88"),
    ("BUILDKITE_BRANCH", "feature/till"),
    ("BUILDKITE_COMMIT", SHA),
    ("BUILDKITE_MESSAGE", "Say \"more\"\n\tand \\ ünder"),
    ("BUILDKITE_SOURCE", "webhook"),
    ("BUILDKITE_BUILD_CREATOR", "Ada"),
    ("BUILDKITE_PULL_REQUEST", "12"),
    ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
    ("BUILDKITE_REPO", "git@github.com:acme/shop.git"),
    ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/acme/shop.git"),
    ("BUILDKITE_JOB_ID", "0192f1aa-0000-4000-8000-0000000000aa"),
    ("BUILDKITE_STEP_KEY", "tests"),
    ("BUILDKITE_LABEL", ":test_tube: Tests"),
    ("BUILDKITE_RETRY_COUNT", "1"),
    ("BUILDKITE_PARALLEL_JOB", "2"),
    ("BUILDKITE_PARALLEL_JOB_COUNT", "4"),
    ("BUILDKITE_AGENT_NAME", "vm-07"),
    ("BUILDKITE_COMMAND_EXIT_STATUS", "1"),
    ("BUILDKITE_PLUGIN_CREEL_FILES", "**/TEST-*.xml"),
    ("BUILDKITE_PLUGIN_CREEL_NAME", "unit"),
    ("BUILDKITE_PLUGIN_CREEL_TIMEOUT", "3"),
];

#[test]
fn the_plugin_tells_of_a_job_what_the_command_tells() {
    let hook = integrations().join("buildkite-plugin/hooks/pre-exit");
    let job = Job::new(BUILDKITE);
    let said = job.run(&[&hook.to_string_lossy()], &Variables::new());
    let mut plugin = job.reported(&said);
    let header = job.server.got()[0].header("x-api-key").map(ToOwned::to_owned);
    assert_eq!(header.as_deref(), Some(KEY));

    let job = Job::new(BUILDKITE);
    let call =
        format!("'{}' report --files '**/TEST-*.xml' --name unit", env!("CARGO_BIN_EXE_creel"));
    let said = job.run(&["-c", &call], &Variables::new());
    let mut command = job.reported(&said);
    for ci in [&mut plugin, &mut command] {
        let members = ci.as_object_mut().expect("an object");
        for own in ["reporter", "os", "arch", "part", "sent_at"] {
            members.remove(own);
        }
    }
    assert_eq!(plugin, command);
}

#[test]
fn the_plugin_passes_its_own_tests() {
    let Some(bats) = fetched("bats-1.13.0/bats/bin/bats", "bats") else { return };
    let tests = integrations().join("buildkite-plugin/tests");
    let output = Command::new("bash").arg(bats).arg(tests).output().expect("bats");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("\nok 1 "), "{said}");
}

#[test]
fn the_plugins_examples_use_options_that_it_has() {
    let plugin = document("buildkite-plugin/plugin.yml");
    let known = &plugin["configuration"]["properties"];
    let readme = text("buildkite-plugin/README.md");
    let mut used = 0;
    for block in readme.split("```yaml\n").skip(1) {
        let block = block.split("```").next().expect("a block");
        let example: yaml::Value = yaml::from_str(block).expect("YAML");
        for step in example["steps"].as_sequence().expect("steps") {
            for plugin in step["plugins"].as_sequence().expect("plugins") {
                let options = plugin["./.buildkite/plugins/creel"].as_mapping().expect("options");
                for (name, value) in options {
                    let kinds = &known[name]["type"];
                    let is = |kind: &str| {
                        kinds == kind
                            || kinds
                                .as_sequence()
                                .is_some_and(|all| all.iter().any(|one| one == kind))
                    };
                    let fits = match value {
                        yaml::Value::String(_) => is("string"),
                        yaml::Value::Sequence(_) => is("array"),
                        yaml::Value::Number(_) => is("integer"),
                        _ => false,
                    };
                    assert!(fits, "{name:?}: {value:?}");
                    used += 1;
                }
            }
        }
    }
    assert!(used >= 4, "{used}");
    for name in known.as_mapping().expect("properties").keys() {
        let name = name.as_str().expect("a name");
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the table");
    }
}

#[test]
fn the_example_of_buildkite() {
    let example = document("examples/buildkite.yml");
    let step = &example["steps"][1];
    // `if` cannot say it.
    assert!(step.get("if").is_none());
    assert_eq!(step["depends_on"][0]["allow_failure"], yaml::Value::Bool(true));
    assert_eq!(step["soft_fail"], yaml::Value::Bool(true));
    assert_eq!(step["depends_on"][0]["step"], example["steps"][0]["key"]);
    // As the upload leaves it.
    let command = step["command"].as_str().expect("a command").replace("$$", "$");
    tells(
        BUILDKITE,
        &["-c", &command],
        &Variables::new(),
        json!({"provider": "buildkite", "source": "acme", "build": "0192f1aa-0000-4000-8000-000000000088",
               "pull_request": 12, "branch": "feature/till"}),
    );
}

const AZURE: &[(&str, &str)] = &[
    ("TF_BUILD", "True"),
    ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/contoso/"),
    ("SYSTEM_COLLECTIONID", "11111111-2222-4333-8444-555555555555"),
    ("SYSTEM_TEAMPROJECT", "Web"),
    ("SYSTEM_TEAMPROJECTID", "66666666-2222-4333-8444-555555555555"),
    ("SYSTEM_DEFINITIONID", "12"),
    ("SYSTEM_HOSTTYPE", "build"),
    ("SYSTEM_JOBID", "77777777-2222-4333-8444-555555555555"),
    ("SYSTEM_JOBATTEMPT", "1"),
    ("BUILD_DEFINITIONNAME", "shop-ci"),
    ("BUILD_BUILDID", "4711"),
    ("BUILD_BUILDNUMBER", "20261127.3"),
    ("BUILD_SOURCEBRANCH", "refs/heads/main"),
    ("BUILD_SOURCEVERSION", SHA),
    ("AGENT_JOBNAME", "Test"),
    ("AGENT_JOBSTATUS", "Failed"),
    ("AGENT_OS", "Linux"),
    ("AGENT_TEMPDIRECTORY", "../tmp"),
];

/// The values of a mapping, with what the CI fills in.
fn filled(env: &yaml::Value, fill: impl Fn(&str) -> String) -> Variables {
    let pairs = env.as_mapping().expect("variables").iter();
    pairs
        .map(|(name, value)| {
            let text = |value: &yaml::Value| value.as_str().expect("a text").to_owned();
            (text(name), fill(&text(value)))
        })
        .collect()
}

#[test]
fn the_template_and_the_example_of_azure_pipelines() {
    let example = document("examples/azure-pipelines.yml");
    let template = document("azure-pipelines/report-tests.yml");
    let given = example["steps"][1]["parameters"].as_mapping().expect("parameters");
    let mut parameters = BTreeMap::new();
    for parameter in template["parameters"].as_sequence().expect("parameters") {
        let name = parameter["name"].as_str().expect("a name");
        let value = given.get(name).unwrap_or(&parameter["default"]);
        parameters.insert(format!("${{{{ parameters.{name} }}}}"), value.as_str().expect("a text"));
    }
    assert!(given.keys().all(|name| {
        parameters
            .contains_key(&format!("${{{{ parameters.{} }}}}", name.as_str().expect("a name")))
    }));
    let step = &template["steps"][0];
    assert_eq!((&step["condition"], &step["continueOnError"]), (&"always()".into(), &true.into()));
    let command = step["bash"].as_str().expect("a command");
    let job = Job::new(AZURE);
    let (url, key) = (job.server.url(""), KEY.to_owned());
    let fill = |value: &str| match value {
        "$(CREEL_URL)" => url.clone(),
        "$(CREEL_API_KEY)" => key.clone(),
        other => (*parameters.get(other).unwrap_or(&other)).to_owned(),
    };
    let said = job.run(&["-c", command], &filled(&step["env"], fill));
    assert_tells(
        &job.reported(&said),
        json!({"provider": "azure_devops", "source": "contoso", "build": "4711", "job": "Test",
               "source_id": "11111111-2222-4333-8444-555555555555", "job_status": "failure", "branch": "main"}),
    );
    // A fork gets neither variable: they stay as they are written.
    let said = job.run(&["-c", command], &filled(&step["env"], ToOwned::to_owned));
    assert!(said.contains("CREEL_URL is not set"), "{said}");
    let fork =
        |value: &str| if value == "$(CREEL_API_KEY)" { value.to_owned() } else { fill(value) };
    let said = job.run(&["-c", command], &filled(&step["env"], fork));
    assert!(said.contains("CREEL_API_KEY is not set"), "{said}");
    assert_eq!(job.server.got().iter().filter(|got| got.method == "POST").count(), 1);
}

#[test]
fn the_example_of_github_actions() {
    let pairs = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_WORKFLOW", "CI"),
        ("GITHUB_RUN_ID", "9876543210"),
        ("GITHUB_RUN_NUMBER", "88"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REF_NAME", "main"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_SHA", SHA),
        ("GITHUB_JOB", "test"),
        ("RUNNER_NAME", "GitHub Actions 7"),
        ("RUNNER_OS", "Linux"),
    ];
    let example = document("examples/github-actions.yml");
    let step = &example["jobs"]["test"]["steps"][2];
    assert_eq!((&step["if"], &step["continue-on-error"]), (&"always()".into(), &true.into()));
    let job = Job::new(&pairs);
    let url = job.server.url("");
    let more = filled(&step["env"], |value| match value {
        "${{ vars.CREEL_URL }}" => url.clone(),
        "${{ secrets.CREEL_API_KEY }}" => KEY.to_owned(),
        other => panic!("unknown: {other}"),
    });
    // The shell of GitHub's runners.
    let said = job.run(&["-e", "-c", step["run"].as_str().expect("a command")], &more);
    assert_tells(
        &job.reported(&said),
        json!({"provider": "github", "source": "acme/shop", "pipeline": "CI", "build": "9876543210",
               "number": 88, "attempt": 1, "branch": "main", "commit": SHA, "job": "test"}),
    );
}

#[test]
fn the_example_of_gitlab() {
    let pairs = [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_SERVER_URL", "https://gitlab.example.com"),
        ("CI_PROJECT_PATH", "web/shop"),
        ("CI_PROJECT_ID", "42"),
        ("CI_PIPELINE_ID", "770012"),
        ("CI_PIPELINE_IID", "88"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_COMMIT_SHA", SHA),
        ("CI_JOB_ID", "55001"),
        ("CI_JOB_NAME", "test"),
        ("CI_JOB_STATUS", "failed"),
    ];
    let example = document("examples/gitlab-ci.yml");
    let lines = example["test"]["after_script"].as_sequence().expect("lines");
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().expect("a line")).collect();
    let job = Job::new(&pairs);
    let said = job.run(&["-c", &lines.join("\n")], &Variables::new());
    assert_tells(
        &job.reported(&said),
        json!({"provider": "gitlab", "source": "gitlab.example.com", "pipeline": "web/shop", "number": 88,
               "build": "770012", "job": "test", "job_id": "55001", "job_status": "failure", "status": null}),
    );
}

/// What stands between two marks, which are there once.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(begin).expect("a beginning");
    let (inside, rest) = rest.split_once(end).expect("an end");
    assert!(!rest.contains(begin), "one of them");
    inside
}

#[test]
fn the_example_of_jenkins() {
    let pairs = [
        ("JENKINS_URL", "https://ci.example.com/"),
        ("JOB_NAME", "web/shop/main"),
        ("BUILD_NUMBER", "88"),
        ("BUILD_URL", "https://ci.example.com/job/web/job/shop/job/main/88/"),
        ("BRANCH_NAME", "main"),
        ("GIT_COMMIT", SHA),
        ("NODE_NAME", "built-in"),
        ("RESULT", "UNSTABLE"),
    ];
    let example = text("examples/Jenkinsfile");
    assert!(example.contains("RESULT=${currentBuild.currentResult}"));
    tells(
        &pairs,
        // As Jenkins does: what fails ends the step.
        &["-e", "-c", between(&example, "sh '''", "'''")],
        &Variables::new(),
        json!({"provider": "jenkins", "source": "ci.example.com", "pipeline": "web/shop", "number": 88,
               "build": "web/shop/main#88", "branch": "main", "status": "unstable"}),
    );
}

#[test]
fn the_example_of_teamcity() {
    let files = tempfile::tempdir().expect("a directory");
    let (build, configuration) = (files.path().join("build"), files.path().join("configuration"));
    let said = format!(
        "teamcity.build.id=9001\nteamcity.buildType.id=Web_Shop\nteamcity.configuration.properties.file={}\n",
        configuration.display()
    );
    std::fs::write(&build, said).expect("written");
    std::fs::write(
        &configuration,
        "teamcity.serverUrl=https\\://tc.example.com\nteamcity.build.branch=main\n",
    )
    .expect("written");
    let build = build.to_string_lossy().into_owned();
    let pairs = [
        ("TEAMCITY_VERSION", "2025.07"),
        ("TEAMCITY_PROJECT_NAME", "Web"),
        ("TEAMCITY_BUILDCONF_NAME", "Tests"),
        ("TEAMCITY_BUILD_PROPERTIES_FILE", &build),
        ("BUILD_NUMBER", "88"),
        ("BUILD_VCS_NUMBER", SHA),
    ];
    let example = text("examples/teamcity.kts");
    assert!(example.contains("ExecutionMode.ALWAYS"));
    let script = between(&example, "scriptContent = \"\"\"", "\"\"\"");
    let job = Job::new(&pairs);
    let script = script.replace("%env.CREEL_URL%", &job.server.url(""));
    let said = job.run(&["-c", &script], &Variables::new());
    assert_tells(
        &job.reported(&said),
        json!({"provider": "teamcity", "source": "tc.example.com", "pipeline": "Web_Shop", "build": "9001",
               "number": 88, "pipeline_name": "Tests", "branch": "main", "commit": SHA}),
    );
}

#[test]
fn the_example_of_circleci() {
    let example = document("examples/circleci.yml");
    let job = &example["jobs"]["test"];
    assert_eq!(job["environment"]["CIRCLE_PIPELINE_NUMBER"], "<< pipeline.number >>");
    let run = &job["steps"][2]["run"];
    assert_eq!(run["when"], "always");
    let pairs = [
        ("CIRCLECI", "true"),
        ("CIRCLE_PROJECT_USERNAME", "acme"),
        ("CIRCLE_PROJECT_REPONAME", "shop"),
        ("CIRCLE_WORKFLOW_ID", "aaaaaaaa-2222-4333-8444-555555555555"),
        ("CIRCLE_WORKFLOW_JOB_ID", "bbbbbbbb-2222-4333-8444-555555555555"),
        ("CIRCLE_PIPELINE_NUMBER", "88"),
        ("CIRCLE_BRANCH", "main"),
        ("CIRCLE_SHA1", SHA),
        ("CIRCLE_JOB", "test"),
        ("CIRCLE_NODE_INDEX", "0"),
        ("CIRCLE_NODE_TOTAL", "1"),
    ];
    tells(
        &pairs,
        &["-eo", "pipefail", "-c", run["command"].as_str().expect("a command")],
        &Variables::new(),
        json!({"provider": "circleci", "source": "acme", "pipeline": "shop", "number": 88, "job": "test",
               "build": "aaaaaaaa-2222-4333-8444-555555555555", "shard": null}),
    );
}
