//! Timelines: stages, phases, jobs, tasks and checkpoints of a run, as they stand; older attempts in
//! timelines of their own.

use serde_json::{Value, json};

use super::builds::standing;
use super::plan::{self, JobPlan};
use super::task::{TaskEnd, TaskPlan};
use super::{Answer, Call, time};
use crate::simulator::azure_devops::{self as azure, RunResult, STAGES};
use crate::simulator::clock::Tick;
use crate::simulator::dice::{Dice, Guid};
use crate::simulator::rest::archive::Run;
use crate::simulator::rest::logs::Kind;
use crate::simulator::rest::truth::Truth;
use crate::simulator::story::cause::Cause;
use crate::simulator::story::course::{Asked, RunCourse, StageTry};
use crate::simulator::world::{contoso, stages_of};

const SALT_CHECKPOINT: u64 = 86;

/// The provider shows no more issues of a kind on a record.
const ISSUES_MAX: usize = 10;

/// A date that the provider writes where it has none.
const NEVER: &str = "0001-01-01T00:00:00";

/// How far something is at a moment.
#[derive(Debug, Clone, Copy)]
struct Progress {
    from: Option<Tick>,
    to: Option<Tick>,
    result: Option<&'static str>,
}

impl Progress {
    fn at(now: Tick, from: Tick, to: Tick, result: &'static str) -> Self {
        if now < from {
            Self { from: None, to: None, result: None }
        } else if now < to {
            Self { from: Some(from), to: None, result: None }
        } else {
            Self { from: Some(from), to: Some(to), result: Some(result) }
        }
    }

    /// What never began: not yet, or never.
    fn never(is_over: bool) -> Self {
        Self { from: None, to: None, result: is_over.then_some("skipped") }
    }

    fn state(self) -> &'static str {
        match (self.from, self.result) {
            (_, Some(_)) => "completed",
            (Some(_), None) => "inProgress",
            (None, None) => "pending",
        }
    }
}

/// One record on its way to JSON.
struct Record {
    kind: &'static str,
    id: Guid,
    parent: Option<Guid>,
    name: String,
    progress: Progress,
    order: Option<usize>,
    attempt: u64,
    identifier: Option<String>,
    previous: Option<(u64, Guid)>,
    worker: Option<String>,
    queue: Option<u64>,
    log: Option<u64>,
    task: Option<[&'static str; 3]>,
    issues: Vec<Value>,
}

impl Record {
    fn new(kind: &'static str, id: Guid, name: &str, progress: Progress) -> Self {
        Self {
            kind,
            id,
            parent: None,
            name: name.to_owned(),
            progress,
            order: None,
            attempt: 1,
            identifier: None,
            previous: None,
            worker: None,
            queue: None,
            log: None,
            task: None,
            issues: Vec::new(),
        }
    }

    fn json(self, build: u64, url: &str) -> Value {
        let count = |kind: &str| self.issues.iter().filter(|issue| issue["type"] == kind).count();
        let (errors, warnings) = (count("error"), count("warning"));
        let mut shown = [0, 0];
        let issues: Vec<&Value> = self
            .issues
            .iter()
            .filter(|issue| {
                let place = usize::from(issue["type"] == "warning");
                shown[place] += 1;
                shown[place] <= ISSUES_MAX
            })
            .collect();
        let previous = self.previous.map(|(attempt, record)| {
            json!([{
                "attempt": attempt,
                "timelineId": plan::older_timeline(build, attempt).text(),
                "recordId": record.text(),
            }])
        });
        let mut record = json!({
            "previousAttempts": previous.unwrap_or_else(|| json!([])),
            "id": self.id.text(),
            "parentId": self.parent.map(Guid::text),
            "type": self.kind,
            "name": self.name,
            "startTime": self.progress.from.map(time),
            "finishTime": self.progress.to.map(time),
            "currentOperation": null,
            "percentComplete": null,
            "state": self.progress.state(),
            "result": self.progress.result,
            "resultCode": null,
            "changeId": 1,
            "lastModified": NEVER,
            "workerName": self.worker,
            "order": self.order,
            "details": null,
            "errorCount": errors,
            "warningCount": warnings,
            "url": null,
            "log": self.log.map(|log| json!({
                "id": log,
                "type": "Container",
                "url": format!("{url}/logs/{log}"),
            })),
            "task": self.task.map(|[id, name, version]| {
                json!({ "id": id, "name": name, "version": version })
            }),
            "attempt": self.attempt,
            "identifier": self.identifier,
        });
        if let Some(queue) = self.queue {
            record["queueId"] = Value::from(queue);
        }
        if !issues.is_empty() {
            record["issues"] = json!(issues);
        }
        record
    }
}

/// `GET …/builds/{id}/timeline[/{timelineId}]`
pub fn get(call: &Call<'_>, run: &Run, wanted: Option<&str>) -> Answer {
    let course = &*run.course;
    let build = &course.build;
    let Some(standing) = standing(course, call.now).filter(|s| s.started_at.is_some()) else {
        // It has none before it starts.
        return Answer {
            status: 204,
            headers: Vec::new(),
            body: super::super::Body::Bytes(Vec::new()),
        };
    };
    let main = build.plan.text();
    let attempt = match wanted {
        None => standing.attempt,
        Some(id) if id == main => standing.attempt,
        Some(id) => {
            let known = (1..standing.attempt)
                .find(|attempt| plan::older_timeline(build.id, *attempt).text() == id);
            match known {
                Some(attempt) => attempt,
                None => {
                    let message = format!("Timeline {id} was not found.");
                    return super::error(404, &message, "TimelineNotFoundException");
                }
            }
        }
    };
    let is_main = attempt == standing.attempt;
    let id = if is_main { main } else { plan::older_timeline(build.id, attempt).text() };
    let project = contoso().project_of(build.pipeline).id.text();
    let url = format!("{}{project}/_apis/build/builds/{}", call.base(), build.id);
    let records: Vec<Value> = records(run, call.now, attempt, is_main)
        .into_iter()
        // Children come before their parents, as often as not.
        .rev()
        .map(|record| record.json(build.id, &url))
        .collect();
    Answer::json(
        200,
        &json!({
            "records": records,
            "lastChangedBy": "00000002-0000-8888-8000-000000000000",
            "lastChangedOn": time(standing.ended.map_or(call.now, |(at, _)| at)),
            "id": id,
            "changeId": records.len(),
            "url": format!("{url}/Timeline/{id}"),
        }),
    )
}

/// The records of a timeline: of the newest attempt, or only those that it took the place of.
fn records(run: &Run, now: Tick, attempt: u64, is_main: bool) -> Vec<Record> {
    let course = &*run.course;
    let worker = |stage, job| run.worker(stage, job);
    let plans = plan::jobs(course, &worker);
    let mut all = Vec::new();
    let mut seen = Vec::new();
    let is_over =
        |attempt| course.ends.iter().any(|end| end.attempt == attempt && end.ended <= now);
    for (nth, stage) in course.stages.iter().enumerate() {
        // The newest try of a stage that belongs to this attempt.
        let is_newest = !course.stages.iter().any(|other| {
            other.place == stage.place && other.attempt > stage.attempt && other.attempt <= attempt
        });
        let belongs = if is_main { stage.attempt <= attempt } else { stage.attempt == attempt };
        if !belongs || !is_newest {
            continue;
        }
        seen.push(stage.place);
        let before = course
            .stages
            .iter()
            .find(|other| other.place == stage.place && other.attempt + 1 == stage.attempt)
            .filter(|_| is_main);
        stage_records(run, now, stage, nth, &plans, before, &mut all);
    }
    for asked in course.asked.iter().filter(|asked| asked.attempt == attempt || is_main) {
        if now < asked.approval.asked_at {
            continue;
        }
        let id = azure::stage_id(course.build.pipeline, asked.stage);
        if !seen.contains(&asked.stage) {
            seen.push(asked.stage);
            let refused = asked.approval.answered.filter(|(at, agreed)| !agreed && *at <= now);
            let progress = Progress {
                from: None,
                to: refused.map(|(at, _)| at),
                result: refused.map(|_| "failed"),
            };
            all.push(stage_record(id, asked.stage, progress, asked.attempt));
        }
        checkpoint(now, course, asked, id, &mut all);
    }
    if is_main {
        for place in 0..stages_of(course.build.pipeline) {
            if !seen.contains(&place) {
                let id = azure::stage_id(course.build.pipeline, place);
                all.push(stage_record(id, place, Progress::never(is_over(attempt)), 1));
            }
        }
    }
    all
}

fn stage_record(id: Guid, place: usize, progress: Progress, attempt: u64) -> Record {
    let (name, display, _) = STAGES[place];
    Record {
        order: Some(place + 1),
        attempt,
        identifier: Some(name.to_owned()),
        ..Record::new("Stage", id, display, progress)
    }
}

fn stage_records(
    run: &Run,
    now: Tick,
    stage: &StageTry,
    nth_stage: usize,
    plans: &[JobPlan<'_>],
    before: Option<&StageTry>,
    all: &mut Vec<Record>,
) {
    let course = &*run.course;
    let id = azure::stage_id(course.build.pipeline, stage.place);
    let progress = Progress::at(now, stage.began, stage.ended, word(stage.result));
    let mut record = stage_record(id, stage.place, progress, stage.attempt);
    record.previous = before.map(|before| (before.attempt, id));
    all.push(record);
    let name = STAGES[stage.place].0;
    let of_stage = |wanted: &StageTry| {
        let (place, attempt) = (wanted.place, wanted.attempt);
        plans.iter().filter(move |plan| plan.stage.place == place && plan.stage.attempt == attempt)
    };
    for (nth_job, plan) in of_stage(stage).enumerate() {
        let job = plan.job;
        let previous = before.and_then(|before| {
            let old = of_stage(before)
                .find(|old| (old.job.place, old.job.shard) == (job.place, job.shard))?;
            Some((before.attempt, old.id))
        });
        let phase_name = plan.name.replace(' ', "");
        let progress = Progress::at(now, job.queued, job.ended, word(job.result));
        all.push(Record {
            parent: Some(id),
            order: Some(plan.order),
            attempt: stage.attempt,
            identifier: Some(format!("{name}.{phase_name}")),
            ..Record::new("Phase", plan.phase, &plan.name, progress)
        });
        let progress = match job.began {
            Some(began) => Progress::at(now, began, job.ended, word(job.result)),
            None if now < job.ended => Progress::never(false),
            None => Progress { from: None, to: Some(job.ended), result: Some(word(job.result)) },
        };
        let worker = run.worker(nth_stage, nth_job);
        all.push(Record {
            parent: Some(plan.phase),
            order: Some(1),
            attempt: stage.attempt,
            identifier: Some(format!("{name}.{phase_name}.__default")),
            previous,
            worker: progress.from.map(|_| worker.clone()),
            queue: Some(contoso().pipelines[course.build.pipeline].queue),
            log: progress.from.and(plan.log),
            issues: match progress.result {
                Some(_) => job_issue(job.cause, &worker).into_iter().collect(),
                None => Vec::new(),
            },
            ..Record::new("Job", plan.id, &plan.name, progress)
        });
        for (order, task) in plan.tasks.iter().enumerate() {
            all.push(task_record(now, plan, task, order + 1, stage.attempt, &worker));
        }
    }
}

fn task_record(
    now: Tick,
    plan: &JobPlan<'_>,
    task: &TaskPlan,
    order: usize,
    attempt: u64,
    worker: &str,
) -> Record {
    let progress = match task.span {
        Some((from, to)) => Progress::at(now, from, to, task.end.word()),
        None => Progress::never(plan.job.ended <= now),
    };
    Record {
        parent: Some(plan.id),
        order: Some(order),
        attempt,
        worker: progress.from.map(|_| worker.to_owned()),
        log: progress.from.and(task.log),
        task: task.task,
        issues: match progress.result {
            Some(_) if task.has_issues() => issues(task),
            _ => Vec::new(),
        },
        ..Record::new("Task", task.id, &task.name, progress)
    }
}

/// What was told as errors and warnings, with the lines where it stands.
fn issues(task: &TaskPlan) -> Vec<Value> {
    let mut issues = Vec::new();
    for (number, line) in (1_u64..).zip(task.lines(0)) {
        let kind = match line.kind {
            Kind::Error => "error",
            Kind::Warning => "warning",
            _ => continue,
        };
        issues.push(json!({
            "type": kind,
            "category": "General",
            "message": line.text,
            "data": { "type": kind, "logFileLineNumber": number.to_string() },
        }));
    }
    issues
}

/// What is told of a job as a whole.
fn job_issue(cause: Option<Cause>, worker: &str) -> Option<Value> {
    let message = match cause? {
        Cause::Timeout => format!("The job running on agent {worker} {RAN_TOO_LONG}"),
        Cause::AgentLost => format!("We stopped hearing from agent {worker}. {VERIFY}"),
        Cause::NoAgent => format!("{NOBODY} which satisfies the following demands: docker"),
        _ => return None,
    };
    Some(json!({ "type": "error", "category": "General", "message": message, "data": {} }))
}

const RAN_TOO_LONG: &str = "ran longer than the maximum time of 60 minutes.";
const NOBODY: &str = "No agent found in pool Default";
const VERIFY: &str = "Verify the agent machine is running and has a healthy network connection.";

fn checkpoint(now: Tick, course: &RunCourse, asked: &Asked, stage: Guid, all: &mut Vec<Record>) {
    let key = [SALT_CHECKPOINT, course.build.id, asked.stage as u64, asked.attempt];
    let id = Dice::seeded(&key).guid();
    let from = asked.approval.asked_at;
    let progress = match asked.approval.answered {
        Some((at, agreed)) => {
            Progress::at(now, from, at, if agreed { "succeeded" } else { "failed" })
        }
        None => Progress { from: Some(from), to: None, result: None },
    };
    all.push(Record {
        parent: Some(stage),
        attempt: asked.attempt,
        identifier: Some("Checkpoint".to_owned()),
        ..Record::new("Checkpoint", id, "Checkpoint", progress)
    });
    all.push(Record {
        parent: Some(id),
        attempt: asked.attempt,
        identifier: Some(asked.approval.id.text()),
        ..Record::new("Checkpoint.Approval", asked.approval.id, "Checkpoint.Approval", progress)
    });
}

fn word(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "succeeded",
        RunResult::PartiallySucceeded => "succeededWithIssues",
        RunResult::Failed | RunResult::Rejected => "failed",
        RunResult::Canceled => "canceled",
        RunResult::Skipped => "skipped",
    }
}

/// Why the run failed in the end.
pub fn truth(course: &RunCourse) -> Option<Truth> {
    let last = course.ends.last()?;
    if last.result == RunResult::Rejected {
        let asked = course.asked.last()?;
        let step = asked.approval.id.text();
        return Some(Truth { cause: Cause::Rejected, step, line: None });
    }
    if last.result != RunResult::Failed {
        return None;
    }
    let plans = plan::jobs(course, &|_, _| String::new());
    let plan = plans.iter().rfind(|plan| plan.job.cause.is_some())?;
    let cause = plan.job.cause?;
    let line = match cause {
        Cause::Timeout => Some(RAN_TOO_LONG.to_owned()),
        Cause::AgentLost => Some("We stopped hearing from agent".to_owned()),
        Cause::NoAgent => Some(NOBODY.to_owned()),
        _ => None,
    };
    if line.is_some() {
        return Some(Truth { cause, step: plan.id.text(), line });
    }
    let task = plan.tasks.iter().find(|task| task.end == TaskEnd::Failed)?;
    Some(Truth { cause, step: task.id.text(), line: task.reason() })
}
