//! Projects and definitions.

use serde_json::{Value, json};

use super::{Answer, Call, error, list, nowhere, page, project as find_project, time};
use crate::simulator::azure_devops::Project;
use crate::simulator::clock::Tick;
use crate::simulator::world::contoso;

/// `GET _apis/projects[/{id}]`
pub fn projects(call: &Call<'_>, path: &[&str]) -> Answer {
    match path {
        [] => {
            let all: Vec<Value> = contoso().projects.iter().map(|one| project(call, one)).collect();
            let shown = page(call, &all, 100);
            let skip = usize::try_from(call.ask.number("$skip").unwrap_or(0)).unwrap_or(0);
            let next = skip + shown.len();
            let answer = list(&shown);
            if next < all.len() {
                return answer.with("x-ms-continuationtoken", next.to_string());
            }
            answer
        }
        [wanted] => match find_project(wanted) {
            Some((_, found)) => Answer::json(200, &project(call, found)),
            None => super::no_project(call, wanted),
        },
        _ => nowhere(call),
    }
}

fn project(call: &Call<'_>, project: &Project) -> Value {
    json!({
        "id": project.id.text(),
        "name": project.name,
        "description": format!("All that {} is about", project.name),
        "url": format!("{}_apis/projects/{}", call.base(), project.id.text()),
        "state": "wellFormed",
        "revision": project.revision,
        "visibility": "private",
        "lastUpdateTime": time(Tick::BEGIN.minus_ms(project.revision * 3_600_000)),
    })
}

/// `GET {project}/_apis/build/definitions[/{id}]`
pub fn definitions(call: &Call<'_>, project: usize, path: &[&str]) -> Answer {
    let here = contoso().pipelines.iter().enumerate();
    let here = here.filter(|(_, pipeline)| pipeline.project == project);
    match path {
        [] => {
            let name = call.ask.query("name");
            let all: Vec<Value> = here
                .filter(|(_, pipeline)| name.is_none_or(|name| pipeline.name == name))
                .map(|(nth, _)| definition(call, nth))
                .collect();
            list(&page(call, &all, 10_000))
        }
        [id] => {
            let mut here = here;
            match here.find(|(_, pipeline)| pipeline.id.to_string() == **id) {
                Some((nth, _)) => Answer::json(200, &definition(call, nth)),
                None => error(
                    404,
                    &format!("VS402871: The requested definition {id} does not exist."),
                    "DefinitionNotFoundException",
                ),
            }
        }
        _ => nowhere(call),
    }
}

fn definition(call: &Call<'_>, nth: usize) -> Value {
    let organisation = contoso();
    let pipeline = &organisation.pipelines[nth];
    let (project, repository) = (organisation.project_of(nth), organisation.repository_of(nth));
    let base = format!("{}{}/_apis", call.base(), project.id.text());
    json!({
        "id": pipeline.id,
        "name": pipeline.name,
        "url": format!("{base}/build/Definitions/{}?revision={}", pipeline.id, pipeline.revision),
        "uri": format!("vstfs:///Build/Definition/{}", pipeline.id),
        "path": "\\",
        "type": "build",
        "queueStatus": "enabled",
        "revision": pipeline.revision,
        "quality": "definition",
        "authoredBy": super::person(nth),
        "createdDate": time(Tick::BEGIN.minus_ms(pipeline.revision * 86_400_000)),
        "project": self::project(call, project),
        "repository": {
            "id": repository.id.text(),
            "type": "TfsGit",
            "name": repository.name,
            "defaultBranch": "refs/heads/main",
        },
        "process": { "yamlFilename": "azure-pipelines.yml", "type": 2 },
    })
}
