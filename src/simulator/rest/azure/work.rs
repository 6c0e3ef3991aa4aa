//! What is in a build and what comes of it: commits, work items, artifacts.

use std::sync::Arc;

use serde_json::{Value, json};

use super::builds::{self, standing};
use super::plan;
use super::{Answer, Call, bad_request, error, list, page, time};
use crate::simulator::azure_devops::Build;
use crate::simulator::dice::Dice;
use crate::simulator::rest::archive::Run;
use crate::simulator::rest::store;
use crate::simulator::words;
use crate::simulator::world::contoso;

const SALT_COMMITS: u64 = 87;
const SALT_ARTIFACT: u64 = 88;

/// Changes of a page, when nobody says how many.
const CHANGES_MAX: u64 = 1_000;

/// `GET …/builds/{id}/changes`: the commit that is built, and what came with it.
pub fn changes(call: &Call<'_>, run: &Run) -> Answer {
    list(&page(call, &commits(call, &run.course.build), 50))
}

fn commits(call: &Call<'_>, build: &Build) -> Vec<Value> {
    let project = contoso().project_of(build.pipeline).id.text();
    let repository = contoso().repository_of(build.pipeline).id.text();
    let mut dice = Dice::seeded(&[SALT_COMMITS, build.id]);
    // A batch brings what was pushed meanwhile.
    let more = if build.reason == "batchedCI" { dice.between(1, 4) } else { 0 };
    (0..=more)
        .map(|nth| {
            let mut text = Vec::new();
            let mut commit = Vec::new();
            if nth == 0 {
                build.change.write_message(&mut text);
                build.commit.write(&mut commit);
            } else {
                words::title(&mut dice, &mut text);
                dice.sha().write(&mut commit);
            }
            let [text, commit] =
                [text, commit].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            // Messages are kept as they stand inside JSON.
            let text = serde_json::from_str(&format!("\"{text}\"")).unwrap_or(Value::from(text));
            let url = format!("{}{project}/_apis/git/repositories/{repository}", call.base());
            json!({
                "id": commit,
                "message": text,
                "type": "TfsGit",
                "author": super::person(build.by + nth as usize),
                "timestamp": time(build.queued_at.minus_ms(37_000 + 600_000 * u64::from(nth))),
                "location": format!("{url}/commits/{commit}"),
                "displayUri": format!(
                    "{}{project}/_git/{repository}/commit/{commit}",
                    contoso().base
                ),
                "pusher": contoso().people[build.by].id.text(),
            })
        })
        .collect()
}

/// The two builds that `fromBuildId` and `toBuildId` name, and those of their pipeline in between.
fn between(call: &Call<'_>, project: usize) -> Result<Vec<Arc<Run>>, Answer> {
    let number = |name: &str| {
        call.ask.number(name).ok_or_else(|| bad_request(&format!("{name} must be a build id.")))
    };
    let (from, to) = (number("fromBuildId")?, number("toBuildId")?);
    let known = |id| {
        builds::known(call, project, id).ok_or_else(|| {
            let message = format!("The requested build {id} could not be found.");
            error(404, &message, "BuildNotFoundException")
        })
    };
    let (first, last) = (known(from)?, known(to)?);
    let pipeline = last.course.build.pipeline;
    if first.course.build.pipeline != pipeline {
        return Err(bad_request("Both builds must be of one definition."));
    }
    let branch = builds::ref_of(&last.course.build);
    let archive = call.rest.archive();
    let all = archive.runs().filter(|run| {
        let build = &run.course.build;
        (from.min(to) + 1..=from.max(to)).contains(&build.id)
            && build.pipeline == pipeline
            && builds::ref_of(build) == branch
            && standing(&run.course, call.now).is_some()
    });
    Ok(all.rev().map(Arc::clone).collect())
}

/// `GET {project}/_apis/build/changes?fromBuildId&toBuildId`
pub fn changes_between(call: &Call<'_>, project: usize) -> Answer {
    match between(call, project) {
        Err(answer) => answer,
        Ok(runs) => {
            let all: Vec<Value> =
                runs.iter().flat_map(|run| commits(call, &run.course.build)).collect();
            list(&page(call, &all, CHANGES_MAX))
        }
    }
}

fn items(call: &Call<'_>, build: &Build) -> Vec<Value> {
    let mut dice = Dice::seeded(&[SALT_COMMITS, build.id, 1]);
    (0..dice.below(3))
        .map(|_| {
            let id = dice.between(1_000, 9_000);
            json!({ "id": id.to_string(), "url": format!("{}_apis/wit/workItems/{id}", call.base()) })
        })
        .collect()
}

/// `GET …/builds/{id}/workitems`
pub fn work_items(call: &Call<'_>, run: &Run) -> Answer {
    list(&page(call, &items(call, &run.course.build), 50))
}

/// `GET {project}/_apis/build/workitems?fromBuildId&toBuildId`
pub fn work_items_between(call: &Call<'_>, project: usize) -> Answer {
    match between(call, project) {
        Err(answer) => answer,
        Ok(runs) => {
            let all: Vec<Value> =
                runs.iter().flat_map(|run| items(call, &run.course.build)).collect();
            list(&page(call, &all, CHANGES_MAX))
        }
    }
}

/// `GET …/builds/{id}/artifacts[?artifactName]`: what the tasks that publish have published by now.
pub fn artifacts(call: &Call<'_>, run: &Run) -> Answer {
    let course = &run.course;
    let worker = |stage, job| run.worker(stage, job);
    let plans = plan::jobs(course, &worker);
    let project = contoso().project_of(course.build.pipeline).id.text();
    let url = format!("{}{project}/_apis/build/builds/{}/artifacts", call.base(), course.build.id);
    let mut all = Vec::new();
    for plan in &plans {
        let published = plan.tasks.iter().find(|task| task.is_publishing_artifacts());
        let Some((_, at)) = published.and_then(|task| task.span) else { continue };
        if call.now < at {
            continue;
        }
        let name = format!("drop-{}", plan.name.to_lowercase().replace(' ', "-"));
        let nth = all.len() as u64 + 1;
        let mut dice = Dice::seeded(&[SALT_ARTIFACT, course.build.id, nth]);
        let (seed, bytes) = (dice.throw() >> 16, u64::from(dice.between(20_000, 900_000)));
        all.push(json!({
            "id": nth,
            "name": name,
            "source": plan.id.text(),
            "resource": {
                "type": "PipelineArtifact",
                "data": format!("{seed:016X}02"),
                "properties": { "artifactsize": bytes.to_string(), "HashType": "DEDUP1024K" },
                "url": format!("{url}?artifactName={name}&api-version=7.1"),
                "downloadUrl": store::address(call.ask, &format!("{name}.zip"), seed, bytes),
            },
        }));
    }
    match call.ask.query("artifactName") {
        None => list(&all),
        Some(wanted) => match all.into_iter().find(|artifact| artifact["name"] == *wanted) {
            Some(artifact) => Answer::json(200, &artifact),
            None => {
                let message = format!("The artifact {wanted} was not found.");
                error(404, &message, "ArtifactNotFoundException")
            }
        },
    }
}
