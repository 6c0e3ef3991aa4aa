//! One log: from the provider into a file, piece by piece, and into the books.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::asker::Asker;
use super::buildkite;
use super::record;
use super::trouble::Trouble;
use crate::hub::Hub;
use crate::logs::{DamagedLog, Dialect, Group, Summary, Taken};
use crate::model::{Provider, StepRef};
use crate::providers::azure_devops::rest::calls;
use crate::providers::rest::Call;
use crate::store::StoreError;
use crate::store::sqlite::books::read::logs::LogPart;
use crate::store::sqlite::books::records::errands::{AskedBuild, ErrandRow};
use crate::store::sqlite::books::records::log_work::{FetchedLog, LogWork};
use crate::store::sqlite::books::records::{self};

/// Pieces on their way from the network to the disk. Of a log of any size, no more is in memory.
const PIECES: usize = 8;

/// What a log needs on the disk beyond the room that is kept for hooks: packed, nearly all take less.
const ROOM_BYTES: u64 = 64 << 20;

/// What goes to who writes the file. Without an end it is given up.
enum Piece {
    Bytes(Bytes),
    End,
}

/// Fetch the log that an errand names. What is here already of it stays until the new one is whole.
pub async fn fetch(
    asker: &Asker<'_>,
    errand: &ErrandRow,
    build: &AskedBuild,
) -> Result<(), Trouble> {
    let (call, dialect) = question(errand, build)?;
    let Some(log) = asker.log_work(build.id, &errand.what).await? else {
        // Nobody plans it any more.
        return Ok(asker.errand_done(errand).await?);
    };
    refuse_without_room(asker.hub)?;
    let is_complete = asker.is_step_over(build.id, &log.step).await?;
    let mut stream = asker.ask_stream(&call).await?;
    let (pieces, received) = mpsc::channel(PIECES);
    let writing = {
        let (hub, log) = (asker.hub.clone(), log.public_id.clone());
        tokio::task::spawn_blocking(move || write(&hub, dialect, &log, received))
    };
    let mut end = Ok(());
    loop {
        let piece = match stream.chunk().await {
            Ok(Some(bytes)) => Piece::Bytes(bytes),
            Ok(None) => Piece::End,
            Err(error) => {
                end = Err(error);
                break;
            }
        };
        let is_end = matches!(piece, Piece::End);
        // The writer has enough, or has failed; it says which.
        if pieces.send(piece).await.is_err() || is_end {
            break;
        }
    }
    drop(pieces);
    let written = writing.await.unwrap_or_else(|error| {
        std::panic::resume_unwind(error.into_panic());
    });
    end?;
    let Some((summary, file)) = written.map_err(|error| Trouble::Disk(error.to_string()))? else {
        return Err(Trouble::Disk("it was not taken to its end".to_owned()));
    };
    let (errand, build, hub) = (errand.clone(), build.clone(), asker.hub.clone());
    let here = Here { summary, file, is_complete };
    let kept = move || keep(&hub, &errand, &build, &log, here);
    match tokio::task::spawn_blocking(kept).await {
        Ok(kept) => Ok(kept?),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The last room on the disk is for hooks: a log can still be had tomorrow.
fn refuse_without_room(hub: &Hub) -> Result<(), Trouble> {
    let kept = hub.config().limits.disk_low_bytes.saturating_add(ROOM_BYTES);
    match hub.journal().health().disk_free_bytes() {
        Some(free) if free < kept => {
            Err(Trouble::Disk("the last room on the disk is kept for hooks".to_owned()))
        }
        _ => Ok(()),
    }
}

fn question(errand: &ErrandRow, build: &AskedBuild) -> Result<(Call, Dialect), Trouble> {
    match build.provider {
        Provider::Buildkite => Ok((buildkite::place(build)?.log(&errand.what), Dialect::Buildkite)),
        _ => {
            let at = super::azure::place(build)?;
            Ok((calls::log(at.project, at.id, &errand.what, None), Dialect::AzureDevOps))
        }
    }
}

/// Write what is received into a file. `None` when it broke off. Blocks.
fn write(
    hub: &Hub,
    dialect: Dialect,
    log: &str,
    mut received: mpsc::Receiver<Piece>,
) -> std::io::Result<Option<(Summary, String)>> {
    let mut writer = hub.logs().begin(dialect, log)?;
    loop {
        match received.blocking_recv() {
            Some(Piece::Bytes(bytes)) => {
                if writer.take(&bytes)? == Taken::Full {
                    return writer.commit().map(Some);
                }
            }
            Some(Piece::End) => return writer.commit().map(Some),
            None => return Ok(None),
        }
    }
}

/// A log that was fetched.
struct Here {
    summary: Summary,
    file: String,
    /// Its step was over before it was asked for.
    is_complete: bool,
}

/// Say in the books that a log is here. Blocks.
fn keep(
    hub: &Hub,
    errand: &ErrandRow,
    build: &AskedBuild,
    log: &LogWork,
    Here { summary, file, is_complete }: Here,
) -> Result<(), StoreError> {
    let tasks = tasks(hub, build, &log.step)?;
    let parts = parts(hub, &tasks, &file);
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let fetched = FetchedLog {
        lines: number(summary.lines),
        bytes: number(summary.bytes),
        stored_bytes: number(summary.stored_bytes),
        errors: number(summary.error_count),
        warnings: number(summary.warning_count),
        is_complete,
        cut: summary.cut,
        parts: match parts {
            Ok(parts) if !parts.is_empty() => serde_json::to_string(&parts).ok(),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(%error, "Where the tasks of a job are in its log is not known");
                None
            }
        },
        file,
    };
    let tasks: Vec<StepRef> = tasks.into_iter().map(|task| task.step).collect();
    let mut unneeded = Vec::new();
    let mut is_named = false;
    record::in_batch(hub, build.id, |_, ledger, now| {
        if ledger.log_work(build.id, &errand.what)?.is_none_or(|held| held.id != log.id) {
            return ledger.errand_done(errand);
        }
        unneeded.extend(ledger.log_fetched(log.id, &fetched, now)?);
        unneeded.extend(ledger.forget_logs_of(build.id, &tasks)?);
        is_named = true;
        record::settle_logs(ledger, build.id, now)?;
        if !is_complete && ledger.is_step_over(build.id, &log.step)? {
            // It ended while its log was on the way.
            return ledger.errand_later(errand, now, 0);
        }
        ledger.errand_done(errand)
    })?;
    if !is_named {
        unneeded.push(fetched.file);
    }
    for file in unneeded {
        if let Err(error) = hub.logs().remove(&file) {
            // It is found and removed with those that nobody names.
            tracing::debug!(%error, "Could not remove a log that another took the place of");
        }
    }
    Ok(())
}

/// A task of a job.
struct Task {
    step: StepRef,
    order: Option<i64>,
    name: Option<String>,
}

/// The tasks whose lines stand in the log of their job, in their order.
fn tasks(hub: &Hub, build: &AskedBuild, job: &StepRef) -> Result<Vec<Task>, StoreError> {
    if build.provider != Provider::AzureDevops {
        return Ok(Vec::new());
    }
    let steps = hub.books().read(|books| records::tasks_of(books, build.id, job))?;
    let mut tasks: Vec<Task> = steps
        .into_iter()
        .map(|(at, step)| Task { step: at, order: step.order, name: step.name })
        .collect();
    tasks.sort_by(|a, b| {
        (a.order.is_none(), a.order, &a.step).cmp(&(b.order.is_none(), b.order, &b.step))
    });
    Ok(tasks)
}

/// Where tasks are in the log of their job: each begins with a line that names it.
fn parts(hub: &Hub, tasks: &[Task], file: &str) -> Result<Vec<LogPart>, DamagedLog> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let outline = hub.logs().read(file)?.outline()?;
    Ok(matched(tasks, &outline.groups))
}

/// Tasks in their order, found among groups in theirs.
fn matched(tasks: &[Task], groups: &[Group]) -> Vec<LogPart> {
    let mut parts = Vec::new();
    let mut rest = groups;
    for Task { step, name, .. } in tasks {
        let Some(name) = name.as_deref().map(str::trim) else { continue };
        let Some(place) = rest.iter().position(|group| group.title.trim() == name) else {
            // It was skipped, or wrote nothing.
            continue;
        };
        let group = &rest[place];
        let (start, lines) = (group.start, group.end.saturating_sub(group.start) + 1);
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        parts.push((step.key.clone(), step.attempt, number(start), number(lines)));
        rest = &rest[place + 1..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(title: &str, start: u64, end: u64, level: u16) -> Group {
        Group {
            start,
            end,
            title: title.to_owned(),
            level,
            is_open: false,
            started_at: None,
            duration_ms: None,
        }
    }

    #[test]
    fn tasks_are_found_in_the_log_of_their_job_in_their_order() {
        let task = |name: &str, order: i64| Task {
            step: StepRef { key: format!("task:{order}"), attempt: 1 },
            order: Some(order),
            name: Some(name.to_owned()),
        };
        let tasks = [task("Checkout", 1), task("Skipped", 2), task("Run", 3), task("Run", 4)];
        let groups = [
            group("linux", 1, 50, 0),
            group("Checkout", 2, 9, 1),
            group("Run", 10, 20, 1),
            group("inner", 12, 14, 2),
            group("Run", 21, 49, 1),
        ];
        let found: Vec<(String, i64, i64)> = matched(&tasks, &groups)
            .into_iter()
            .map(|(key, _, from, lines)| (key, from, lines))
            .collect();
        let part = |key: &str, from, lines| (key.to_owned(), from, lines);
        assert_eq!(found, [part("task:1", 2, 8), part("task:3", 10, 11), part("task:4", 21, 29)]);
    }
}
