use super::*;
use crate::model::Provider;
use crate::providers::rest::hosts;

/// As it goes over the wire, but for the encoding of the query, which is the sender's.
fn shown(call: &Call) -> String {
    let address = hosts(Provider::AzureDevops, "https://dev.azure.com/lumen-works").address(call);
    let query: Vec<_> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{address}?{}", query.join("&"))
}

#[test]
fn every_call_has_its_address() {
    let project = "5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1";
    let token = Cursor::Token("next one".to_owned());
    let calls = [
        build(project, 7315),
        newest_builds(project, 1),
        timeline(project, 7315, None),
        timeline(project, 7315, Some("3d52c8f0-71aa-4e0b-8c19-000000000501")),
        log(project, 7315, "12", None),
        log(project, 7315, "12", Some(2_001)),
        changes(project, 7315, None),
        changes(project, 7315, Some(&token)),
        changes_between(project, 7300, 7315, 50),
        artifacts(project, 7315),
        test_runs(project, 7315, None),
        test_results(project, "77", Results::default(), Some(&Cursor::Skip(1_000))),
        test_results(project, "77", Results { only_failed: true, with_parts: true }, None),
        pools(),
        agents("2"),
        queues(project),
        release(project, "95"),
        newest_releases(project, 1),
        who(),
        projects(None),
        resource_areas(),
    ];
    let lines: Vec<_> = calls
        .iter()
        .map(|call| {
            shown(call).replace(project, "{project}").replace("dev.azure.com/lumen-works", "base")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    https://base/{project}/_apis/build/builds/7315?api-version=7.1
    https://base/{project}/_apis/build/builds?api-version=7.1&queryOrder=finishTimeDescending&$top=1
    https://base/{project}/_apis/build/builds/7315/timeline?api-version=7.1
    https://base/{project}/_apis/build/builds/7315/timeline/3d52c8f0-71aa-4e0b-8c19-000000000501?api-version=7.1
    https://base/{project}/_apis/build/builds/7315/logs/12?api-version=7.1
    https://base/{project}/_apis/build/builds/7315/logs/12?api-version=7.1&startLine=2001
    https://base/{project}/_apis/build/builds/7315/changes?api-version=7.1&$top=200
    https://base/{project}/_apis/build/builds/7315/changes?api-version=7.1&$top=200&continuationToken=next one
    https://base/{project}/_apis/build/changes?api-version=7.1-preview.2&fromBuildId=7300&toBuildId=7315&$top=50
    https://base/{project}/_apis/build/builds/7315/artifacts?api-version=7.1
    https://base/{project}/_apis/test/runs?api-version=7.1&buildUri=vstfs:///Build/Build/7315&includeRunDetails=true&$top=100
    https://base/{project}/_apis/test/Runs/77/results?api-version=7.1&$top=1000&$skip=1000
    https://base/{project}/_apis/test/Runs/77/results?api-version=7.1&outcomes=Failed,Error,Timeout,Aborted&detailsToInclude=subResults&$top=200
    https://base/_apis/distributedtask/pools?api-version=7.1
    https://base/_apis/distributedtask/pools/2/agents?api-version=7.1&includeCapabilities=true&includeAssignedRequest=true&includeLastCompletedRequest=true
    https://base/{project}/_apis/distributedtask/queues?api-version=7.1-preview.1
    https://vsrm.base/{project}/_apis/release/releases/95?api-version=7.1
    https://vsrm.base/{project}/_apis/release/releases?api-version=7.1&queryOrder=descending&$top=1
    https://base/_apis/connectionData?api-version=7.1-preview.1
    https://base/_apis/projects?api-version=7.1&$top=200
    https://base/_apis/resourceAreas?
    ");
}

#[test]
fn names_stay_one_part_of_the_path() {
    for (project, path) in [
        ("Harbour Works", "/Harbour%20Works/_apis/build/builds/1"),
        ("a/b?c#d%", "/a%2Fb%3Fc%23d%25/_apis/build/builds/1"),
        ("Größe", "/Gr%C3%B6%C3%9Fe/_apis/build/builds/1"),
        ("..", "/%2E%2E/_apis/build/builds/1"),
    ] {
        assert_eq!(build(project, 1).path, path);
    }
}
