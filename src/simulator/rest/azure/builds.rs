//! Builds: one, and lists of them as the provider pages them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call, bad_request, words};
use crate::simulator::azure_devops::{Build, RunResult, Scene, Shape};
use crate::simulator::clock::Tick;
use crate::simulator::rest::archive::Run;
use crate::simulator::story::course::RunCourse;
use crate::simulator::world::contoso;

/// Builds of a page, when nobody says how many, and at most.
const TOP: u64 = 1_000;
const TOP_MAX: u64 = 5_000;

/// How a run stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub started_at: Option<Tick>,
    /// When the newest attempt ended, and how.
    pub ended: Option<(Tick, RunResult)>,
    pub attempt: u64,
}

/// How the run stands; `None` before it was queued.
pub fn standing(course: &RunCourse, now: Tick) -> Option<Standing> {
    let build = &course.build;
    if now < build.queued_at {
        return None;
    }
    if now < build.started_at {
        return Some(Standing { started_at: None, ended: None, attempt: 1 });
    }
    let newest = course.ends.iter().rfind(|end| end.attempt == 1 || end.began <= now);
    Some(Standing {
        started_at: Some(build.started_at),
        ended: newest.filter(|end| end.ended <= now).map(|end| (end.ended, end.result)),
        attempt: newest.map_or(1, |end| end.attempt),
    })
}

/// The run of this id, if it is of the project and has been queued.
pub fn known(call: &Call<'_>, project: usize, id: u64) -> Option<Arc<Run>> {
    let run = call.rest.archive().run(id)?;
    let is_here = contoso().pipelines[run.course.build.pipeline].project == project;
    (is_here && standing(&run.course, call.now).is_some()).then_some(run)
}

pub fn get(call: &Call<'_>, run: &Run) -> Answer {
    Answer::json(200, &shown(call, &run.course))
}

/// The build as it stands: what hooks show of it, in the provider's own words of the moment.
pub fn shown(call: &Call<'_>, course: &RunCourse) -> Value {
    let standing = standing(course, call.now);
    let ended = standing.and_then(|standing| standing.ended);
    let mut build: Build = course.build.clone();
    if let Some((at, result)) = ended {
        build.finished_at = at;
        build.result = result;
    }
    let (id, plan) = (build.id, build.plan.text());
    let scene = Scene::new(contoso(), Shape::BuildComplete2, build, id);
    let project = contoso().project_of(course.build.pipeline);
    let cloud = format!("{}{}/_apis", contoso().base, project.id.text());
    let here = format!("{}{}/_apis", call.base(), project.id.text());
    let body = String::from_utf8_lossy(&scene.build_body()).replace(&cloud, &here);
    let mut shown: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(members) = shown.as_object_mut() else { return shown };
    let more = json!({
        "status": match standing {
            Some(Standing { ended: Some(_), .. }) => "completed",
            Some(Standing { started_at: Some(_), .. }) => "inProgress",
            _ => "notStarted",
        },
        "tags": tags(course),
        "validationResults": [],
        "plans": [{ "planId": plan }],
        "properties": {},
        "buildNumberRevision": course.build.sequence,
        "uri": format!("vstfs:///Build/Build/{id}"),
        "project": {
            "id": project.id.text(),
            "name": project.name,
            "url": format!("{}_apis/projects/{}", call.base(), project.id.text()),
            "state": "wellFormed",
            "revision": project.revision,
            "visibility": "private",
        },
        "logs": { "id": 0, "type": "Container", "url": format!("{here}/build/builds/{id}/logs") },
        "retainedByRelease": false,
    });
    if let Value::Object(more) = more {
        members.extend(more);
    }
    if ended.is_none() {
        members.remove("result");
        members.remove("finishTime");
    }
    if standing.is_none_or(|standing| standing.started_at.is_none()) {
        members.remove("startTime");
    }
    shown
}

pub fn tags(course: &RunCourse) -> Vec<Value> {
    let mut tags = Vec::new();
    if course.build.reason == "schedule" {
        tags.push(Value::from("nightly"));
    }
    if course.stages.iter().any(|stage| stage.place == 3) {
        tags.push(Value::from("released"));
    }
    tags
}

/// What a list is in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Queued,
    Started,
    Finished,
}

impl Order {
    /// A list by a time holds what has one.
    fn key(self, run: &RunCourse, standing: Standing) -> Option<Tick> {
        match self {
            Self::Queued => Some(run.build.queued_at),
            Self::Started => standing.started_at,
            Self::Finished => standing.ended.map(|(at, _)| at),
        }
    }
}

/// The runs of a page, and the token of the next.
fn list_of(call: &Call<'_>, project: usize) -> Result<(Vec<Arc<Run>>, Option<String>), Answer> {
    let ask = call.ask;
    let word = words::named(ask.query("queryOrder"), words::ORDERS).pop();
    let word = word.unwrap_or_else(|| "queuetimedescending".to_owned());
    let order = match word.as_str() {
        "starttimeascending" | "starttimedescending" => Order::Started,
        "finishtimeascending" | "finishtimedescending" => Order::Finished,
        "queuetimeascending" | "queuetimedescending" => Order::Queued,
        _ => return Err(bad_request(&format!("The value '{word}' is not valid for queryOrder."))),
    };
    let moment = |name| {
        ask.moment(name)
            .map_err(|text| bad_request(&format!("The value '{text}' is not valid for {name}.")))
    };
    let (from, to) = (moment("minTime")?, moment("maxTime")?);
    let numbers = |name: &str| -> Vec<u64> {
        ask.query(name)
            .map(|list| list.split(',').filter_map(|one| one.trim().parse().ok()).collect())
            .unwrap_or_default()
    };
    let (definitions, ids) = (numbers("definitions"), numbers("buildIds"));
    let statuses = words::flags(ask.query("statusFilter"), words::STATUSES);
    let results = words::flags(ask.query("resultFilter"), words::RESULTS);
    let reasons = words::flags(ask.query("reasonFilter"), words::REASONS);
    let is_among =
        |list: &[String], word: &str| list.is_empty() || list.contains(&word.to_lowercase());
    let wanted_tags: Vec<&str> = ask
        .query("tagFilters")
        .map(|list| list.split(',').map(str::trim).collect())
        .unwrap_or_default();
    let branch = ask.query("branchName");
    let number = ask.query("buildNumber");

    let archive = call.rest.archive();
    let mut found: Vec<(Tick, u64, Arc<Run>)> = Vec::new();
    for run in archive.runs() {
        let build = &run.course.build;
        if contoso().pipelines[build.pipeline].project != project {
            continue;
        }
        let Some(standing) = standing(&run.course, call.now) else { continue };
        let status = match standing {
            Standing { ended: Some(_), .. } => "completed",
            Standing { started_at: Some(_), .. } => "inProgress",
            _ => "notStarted",
        };
        let result = standing.ended.map_or("none", |(_, result)| result.of_build());
        let Some(key) = order.key(&run.course, standing) else { continue };
        let fits = (definitions.is_empty()
            || definitions.contains(&contoso().pipelines[build.pipeline].id))
            && (ids.is_empty() || ids.contains(&build.id))
            && is_among(&statuses, status)
            && is_among(&results, result)
            && is_among(&reasons, build.reason)
            && from.is_none_or(|from| key >= from)
            && to.is_none_or(|to| key <= to)
            && branch.is_none_or(|branch| ref_of(build) == branch)
            && number.is_none_or(|number| label(build) == number)
            && wanted_tags.iter().all(|wanted| tags(&run.course).iter().any(|tag| tag == *wanted));
        if fits {
            found.push((key, build.id, Arc::clone(run)));
        }
    }
    drop(archive);
    found.sort_by_key(|(key, id, _)| (*key, *id));
    let is_ascending = word.ends_with("ascending");
    if !is_ascending {
        found.reverse();
    }
    // The token names the last that was given: `ticks-id`.
    if let Some(token) = ask.query("continuationToken") {
        let place = token
            .split_once('-')
            .and_then(|(at, id)| Some((Tick(at.parse().ok()?), id.parse::<u64>().ok()?)));
        let Some(place) = place else {
            return Err(bad_request(&format!("The continuation token '{token}' is not valid.")));
        };
        found.retain(
            |(key, id, _)| {
                if is_ascending { (*key, *id) > place } else { (*key, *id) < place }
            },
        );
    }
    let top = ask.number("$top").unwrap_or(TOP).clamp(1, TOP_MAX);
    let top = usize::try_from(top).unwrap_or(usize::MAX);
    let next = (found.len() > top).then(|| {
        let (key, id, _) = &found[top - 1];
        format!("{}-{id}", key.0)
    });
    Ok((found.into_iter().take(top).map(|(_, _, run)| run).collect(), next))
}

/// `GET {project}/_apis/build/builds`
pub fn list(call: &Call<'_>, project: usize) -> Answer {
    match list_of(call, project) {
        Err(answer) => answer,
        Ok((runs, next)) => {
            let shown: Vec<Value> = runs.iter().map(|run| shown(call, &run.course)).collect();
            let answer = super::list(&shown);
            match next {
                Some(next) => answer.with("x-ms-continuationtoken", next),
                None => answer,
            }
        }
    }
}

/// `refs/heads/main`, `refs/pull/7/merge`
pub fn ref_of(build: &Build) -> String {
    match build.pull_request {
        Some(number) => format!("refs/pull/{number}/merge"),
        None => {
            let mut branch = b"refs/heads/".to_vec();
            build.change.write_branch(&mut branch);
            String::from_utf8_lossy(&branch).into_owned()
        }
    }
}

/// `20260213.4`
pub fn label(build: &Build) -> String {
    let mut label = Vec::new();
    build.queued_at.write_day(&mut label);
    format!("{}.{}", String::from_utf8_lossy(&label), build.sequence)
}
