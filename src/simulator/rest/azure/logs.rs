//! Logs of a run: the list, and the lines of one, as text or as JSON.

use serde_json::{Value, json};

use super::plan::{self, JobPlan};
use super::{Answer, Call, error, list as list_answer, time};
use crate::simulator::clock::Tick;
use crate::simulator::rest::archive::Run;
use crate::simulator::rest::logs::{Line, azure as dialect};
use crate::simulator::world::contoso;

/// One log: of a task, or of a job with all its tasks.
struct Log<'p> {
    id: u64,
    from: Tick,
    to: Tick,
    plan: &'p JobPlan<'p>,
    /// Place of the task; the whole job without.
    task: Option<usize>,
}

/// Those that somebody has begun to write.
fn begun<'p>(plans: &'p [JobPlan<'p>], now: Tick) -> impl Iterator<Item = Log<'p>> {
    plans
        .iter()
        .flat_map(|plan| {
            let tasks = plan.tasks.iter().enumerate().filter_map(move |(nth, task)| {
                let (from, to) = task.span?;
                Some(Log { id: task.log?, from, to, plan, task: Some(nth) })
            });
            let to = plan.job.ended;
            let whole = plan.log.zip(plan.job.began);
            let whole = whole.map(|(id, from)| Log { id, from, to, plan, task: None });
            tasks.chain(whole)
        })
        .filter(move |log| log.from <= now)
}

impl Log<'_> {
    /// How many lines it has; so far, while it is written.
    fn line_count(&self, now: Tick) -> u64 {
        if now < self.to {
            return u64::try_from(self.lines(0, now).count()).unwrap_or(0);
        }
        let tasks = self.plan.tasks.iter().enumerate().filter(|(_, task)| task.span.is_some());
        tasks
            .filter(|(nth, _)| self.task.is_none_or(|wanted| wanted == *nth))
            .map(|(_, task)| task.line_count())
            .sum()
    }

    /// Its lines as far as they are written by now, from one on (from 0).
    fn lines(&self, skip: u64, now: Tick) -> Box<dyn Iterator<Item = Line> + Send> {
        let is_so_far = move |line: &Line| line.at <= now;
        if let Some(nth) = self.task {
            return Box::new(self.plan.tasks[nth].lines(skip).take_while(is_so_far));
        }
        let mut left = skip;
        let mut parts = Vec::new();
        for task in self.plan.tasks.iter().filter(|task| task.span.is_some()) {
            let count = if left == 0 { 0 } else { task.line_count() };
            if left > 0 && left >= count {
                left -= count;
                continue;
            }
            parts.push((task.clone(), std::mem::take(&mut left)));
        }
        Box::new(parts.into_iter().flat_map(|(task, skip)| task.lines(skip)).take_while(is_so_far))
    }
}

/// `GET …/builds/{id}/logs`
pub fn list(call: &Call<'_>, run: &Run) -> Answer {
    let worker = |stage, job| run.worker(stage, job);
    let plans = plan::jobs(&run.course, &worker);
    let project = contoso().project_of(run.course.build.pipeline).id.text();
    let base = format!("{}{project}/_apis/build/builds/{}", call.base(), run.course.build.id);
    let shown: Vec<Value> = begun(&plans, call.now)
        .map(|log| {
            json!({
                "lineCount": log.line_count(call.now),
                "createdOn": time(log.from),
                "lastChangedOn": time(log.to.min(call.now)),
                "id": log.id,
                "type": "Container",
                "url": format!("{base}/logs/{}", log.id),
            })
        })
        .collect();
    list_answer(&shown)
}

/// `GET …/builds/{id}/logs/{logId}?startLine&endLine`: counted from 1, the last included.
pub fn get(call: &Call<'_>, run: &Run, id: &str) -> Answer {
    let worker = |stage, job| run.worker(stage, job);
    let plans = plan::jobs(&run.course, &worker);
    let wanted = id.parse::<u64>().ok();
    let Some(log) = begun(&plans, call.now).find(|log| Some(log.id) == wanted) else {
        let message = format!("The log {id} of build {} was not found.", run.course.build.id);
        return error(404, &message, "BuildLogNotFoundException");
    };
    let start = call.ask.number("startLine").unwrap_or(0).max(1) - 1;
    let end = call.ask.number("endLine").unwrap_or(u64::MAX);
    let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
    let lines = log.lines(start, call.now).take(count);
    if call.ask.accepts("application/json") {
        let lines: Vec<Value> = lines.map(|line| Value::from(text(&line))).collect();
        return list_answer(&lines);
    }
    let mut is_first = start == 0;
    Answer::lines(lines, move |line, out| {
        if std::mem::take(&mut is_first) {
            out.extend_from_slice(dialect::BOM.as_bytes());
        }
        dialect::write(&line, out);
        out.push(b'\n');
    })
    .with("content-type", "text/plain")
}

fn text(line: &Line) -> String {
    let mut out = Vec::with_capacity(line.text.len() + 40);
    dialect::write(line, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
