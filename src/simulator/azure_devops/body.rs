//! What stands in the bodies: the templates, and how a scene fills their holes.

use std::sync::LazyLock;

use super::{ENVIRONMENTS, RunResult, STAGES, Scene, Shape, job_id, stage_id};
use crate::simulator::clock::{Tick, push_number};
use crate::simulator::template::Template;
use crate::simulator::words;

/// Write the body of a scene.
pub(super) fn write(scene: &Scene<'_>, out: &mut Vec<u8>) {
    TEMPLATES[scene.shape.template()].write(out, |hole, out| hole(scene, out));
}

/// Write the build of a scene, without what a hook puts around it.
pub(super) fn write_build(scene: &Scene<'_>, out: &mut Vec<u8>) {
    ALONE[0].write(out, |hole, out| hole(scene, out));
}

/// Write the release of a scene.
pub(super) fn write_release(scene: &Scene<'_>, out: &mut Vec<u8>) {
    ALONE[1].write(out, |hole, out| hole(scene, out));
}

/// What fills a hole of a template.
type Hole = for<'s, 'a> fn(&'s Scene<'a>, &mut Vec<u8>);

static TEMPLATES: LazyLock<[Template<Hole>; 22]> = LazyLock::new(|| {
    [
        include_str!("build_complete_2.json"),
        include_str!("build_complete_1.json"),
        include_str!("run_state_changed.json"),
        include_str!("stage_state_changed.json"),
        include_str!("job_state_changed.json"),
        include_str!("approval.json"),
        include_str!("push.json"),
        include_str!("pull_request.json"),
        include_str!("pull_request_commented.json"),
        include_str!("work_item.json"),
        include_str!("work_item_updated.json"),
        include_str!("release_created.json"),
        include_str!("deployment.json"),
        include_str!("deployment_approval.json"),
        include_str!("repository_changed.json"),
        include_str!("checkin.json"),
        include_str!("alert.json"),
        include_str!("check_updated.json"),
        include_str!("agent_queue.json"),
        include_str!("pool_resized.json"),
        include_str!("endpoint.json"),
        include_str!("message_posted.json"),
    ]
    .map(|text| Template::compile(text, &PARTS, hole))
});

/// Parts of bodies that the REST side shows by themselves.
static ALONE: LazyLock<[Template<Hole>; 2]> = LazyLock::new(|| {
    [include_str!("build_body.json"), include_str!("release_body.json")]
        .map(|text| Template::compile(text, &PARTS, hole))
});

const PARTS: [(&str, &str); 31] = [
    ("approval_message", include_str!("approval_message.json")),
    ("approval_page", include_str!("approval_page.json")),
    ("build_body", include_str!("build_body.json")),
    ("build_message", include_str!("build_message.json")),
    ("build_page", include_str!("build_page.json")),
    ("build_page_plain", include_str!("build_page_plain.json")),
    ("envelope_head", include_str!("envelope_head.json")),
    ("envelope_message", include_str!("envelope_message.json")),
    ("envelope_tail", include_str!("envelope_tail.json")),
    ("identity", include_str!("identity.json")),
    ("identity_old", include_str!("identity_old.json")),
    ("pipeline", include_str!("pipeline.json")),
    ("project", include_str!("project.json")),
    ("pull_request_body", include_str!("pull_request_body.json")),
    ("pull_request_message", include_str!("pull_request_message.json")),
    ("pull_request_page", include_str!("pull_request_page.json")),
    ("push_message", include_str!("push_message.json")),
    ("release_body", include_str!("release_body.json")),
    ("release_environment", include_str!("release_environment.json")),
    ("release_message", include_str!("release_message.json")),
    ("release_page", include_str!("release_page.json")),
    ("repository", include_str!("repository.json")),
    ("run", include_str!("run.json")),
    ("run_links", include_str!("run_links.json")),
    ("run_page", include_str!("run_page.json")),
    ("run_repositories", include_str!("run_repositories.json")),
    ("stage", include_str!("stage.json")),
    ("work_item_fields", include_str!("work_item_fields.json")),
    ("work_item_messages", include_str!("work_item_messages.json")),
    ("work_item_page", include_str!("work_item_page.json")),
    ("work_item_page_plain", include_str!("work_item_page_plain.json")),
];

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Fills a hole that only asks whether.
fn push_if(out: &mut Vec<u8>, yes: bool) {
    push(out, if yes { "yes" } else { "" });
}

fn push_time(out: &mut Vec<u8>, at: Option<Tick>) {
    if let Some(at) = at {
        at.write_azure(out);
    }
}

/// The names that templates use, and what they stand for.
fn hole(name: &str) -> Option<Hole> {
    let hole: Hole = match name {
        "subscription" => |s, o| s.subscription.write(o),
        "notification" => |s, o| push_number(o, s.notification),
        "event" => |s, o| s.event.write(o),
        "kind" => |s, o| push(o, s.shape.event_type()),
        "publisher" => |s, o| push(o, s.shape.publisher()),
        "version" => |s, o| push(o, s.shape.version()),
        "created_at" => |s, o| s.created_at.write_azure(o),
        "happened_at" => |s, o| s.happened_at().write_azure(o),

        "name" => |s, o| push(o, &s.organisation.name),
        "base" => |s, o| push(o, &s.organisation.base),
        "server" => |s, o| push(o, &s.organisation.server),
        "on_premises" => |s, o| push(o, if s.organisation.on_premises { "yes" } else { "" }),
        "identities" => |s, o| push(o, &s.organisation.identities),
        "releases" => |s, o| push(o, &s.organisation.releases),
        "collection" => |s, o| s.organisation.collection.write(o),
        "account" => |s, o| s.organisation.account.write(o),
        "service" => |s, o| s.organisation.service.write(o),

        "by.id" => |s, o| s.by().id.write(o),
        "by.name" => |s, o| push(o, &s.by().name),
        "by.mail" => |s, o| push(o, &s.by().mail),
        "by.descriptor" => |s, o| push(o, &s.by().descriptor),
        "other.id" => |s, o| s.other().id.write(o),
        "other.name" => |s, o| push(o, &s.other().name),
        "other.mail" => |s, o| push(o, &s.other().mail),
        "other.descriptor" => |s, o| push(o, &s.other().descriptor),

        "project.id" => |s, o| s.project().id.write(o),
        "project.name" => |s, o| push(o, &s.project().name),
        "project.revision" => |s, o| push_number(o, s.project().revision),
        "repository.id" => |s, o| s.repository().id.write(o),
        "repository.name" => |s, o| push(o, &s.repository().name),
        "repository.size" => |s, o| push_number(o, s.repository().size),
        "repository.disabled" => {
            |s, o| push(o, if s.shape == Shape::RepositoryStatusChanged { "true" } else { "false" })
        }
        "repository.is_deleted" => |s, o| push_if(o, s.shape == Shape::RepositoryDeleted),
        "repository.is_forked" => |s, o| push_if(o, s.shape == Shape::RepositoryForked),
        "repository.is_renamed" => |s, o| push_if(o, s.shape == Shape::RepositoryRenamed),
        "repository.is_status" => |s, o| push_if(o, s.shape == Shape::RepositoryStatusChanged),
        // These events write an offset where all others write a `Z`.
        "repository.changed_at" => |s, o| {
            s.happened_at().write_azure(o);
            o.pop();
            push(o, "+00:00");
        },
        "fork.id" => |s, o| s.change(9).guid().write(o),
        "changeset.id" => |s, o| push_number(o, 1_000 + s.change_id),
        "pipeline.id" => |s, o| push_number(o, s.pipeline().id),
        "pipeline.name" => |s, o| push(o, &s.pipeline().name),
        "pipeline.revision" => |s, o| push_number(o, s.pipeline().revision),
        "queue.id" => |s, o| push_number(o, s.pipeline().queue),
        "queue.pool" => |s, o| push_number(o, if s.pipeline().hosted { 9 } else { 14 }),
        "queue.name" => {
            |s, o| push(o, if s.pipeline().hosted { "Azure Pipelines" } else { "Default" })
        }
        "queue.hosted" => |s, o| push(o, if s.pipeline().hosted { "true" } else { "false" }),

        "build.id" => |s, o| push_number(o, s.build.id),
        "build.label" => |s, o| {
            s.build.queued_at.write_day(o);
            o.push(b'.');
            push_number(o, s.build.sequence);
        },
        "build.verb" => |s, o| push(o, s.build.result.verb()),
        "build.result" => |s, o| push(o, s.build.result.of_build()),
        "build.status_1" => |s, o| push(o, s.build.result.of_build_1()),
        "build.reason" => |s, o| push(o, s.build.reason),
        "build.branch" => |s, o| s.build.change.write_branch(o),
        "build.source" => |s, o| {
            if let Some(number) = s.build.pull_request {
                push(o, "refs/pull/");
                push_number(o, number);
                push(o, "/merge");
            } else {
                push(o, "refs/heads/");
                s.build.change.write_branch(o);
            }
        },
        "build.commit" => |s, o| s.build.commit.write(o),
        "build.message" => |s, o| s.build.change.write_title(o),
        "build.plan" => |s, o| s.build.plan.write(o),
        "build.queued_at" => |s, o| s.build.queued_at.write_azure(o),
        "build.started_at" => |s, o| s.build.started_at.write_azure(o),
        "build.finished_at" => |s, o| s.build.finished_at.write_azure(o),
        "build.changed_at" => |s, o| s.build.finished_at.plus_ms(1_253).write_azure(o),
        // Git keeps seconds.
        "build.committed_at" => |s, o| {
            let at = s.build.queued_at.minus_ms(37_000);
            Tick(at.0 - at.0 % Tick::PER_SECOND).write_azure(o);
        },

        "run.state" => |s, o| push(o, s.run.of_run()),
        "run.result" => |s, o| push(o, s.run.result().map_or("", RunResult::of_run)),
        "run.verb" => |s, o| push(o, s.run.verb()),
        "run.finished_at" => |s, o| s.run_finished_at.write_azure(o),
        "stage.id" => |s, o| stage_id(s.build.pipeline, s.stage_place).write(o),
        "stage.name" => |s, o| push(o, s.stage.name),
        "stage.display" => |s, o| push(o, STAGES[s.stage_place].1),
        "stage.attempt" => |s, o| push_number(o, s.attempt),
        "stage.state" => |s, o| push(o, s.stage.progress.of_step()),
        "stage.result" => |s, o| push(o, s.stage.progress.step_result()),
        "stage.verb" => |s, o| push(o, s.stage.progress.verb()),
        "stage.started_at" => |s, o| push_time(o, s.stage.started_at),
        "stage.finished_at" => |s, o| push_time(o, s.stage.finished_at),
        "job.id" => |s, o| job_id(s.build.id, s.stage_place, s.job.name, s.attempt).write(o),
        "job.name" => |s, o| push(o, s.job.name),
        "job.state" => |s, o| push(o, s.job.progress.of_step()),
        "job.result" => |s, o| push(o, s.job.progress.step_result()),
        "job.verb" => |s, o| push(o, s.job.progress.verb()),
        "job.started_at" => |s, o| push_time(o, s.job.started_at),
        "job.finished_at" => |s, o| push_time(o, s.job.finished_at),

        "approval.id" => |s, o| {
            if let Some(approval) = s.approval {
                approval.id.write(o);
            }
        },
        "approval.verb" => {
            |s, o| push(o, if s.shape == Shape::ApprovalPending { "pending" } else { "completed" })
        }
        "approval.status" => |s, o| {
            push(
                o,
                match s.approval.and_then(|a| a.answered) {
                    None => "pending",
                    Some((_, true)) => "approved",
                    Some((_, false)) => "rejected",
                },
            );
        },
        "approval.done" => {
            |s, o| push(o, s.approval.and_then(|a| a.answered).map_or("", |_| "yes"))
        }
        "approval.asked_at" => |s, o| push_time(o, s.approval.map(|a| a.asked_at)),
        "approval.answered_at" => {
            |s, o| push_time(o, s.approval.map(|a| a.answered.map_or(a.asked_at, |(at, _)| at)))
        }
        "approval.environment" => |s, o| push(o, ENVIRONMENTS[s.stage_place]),
        "approval.environment_id" => |s, o| push_number(o, 3 + s.stage_place as u64),

        "change.title" => |s, o| words::title(&mut s.change(1), o),
        "change.story" => |s, o| {
            let mut dice = s.change(2);
            let sentences = dice.between(2, 9);
            words::story(&mut dice, sentences, "\\n", o);
        },
        "change.branch" => |s, o| {
            push(o, "feature/");
            words::slug(&mut s.change(3), o);
        },
        "comment.text" => |s, o| words::story(&mut s.change(4 + 16 * s.remark), 2, " ", o),
        "comment.thread" => |s, o| push_number(o, 10_000 + s.change_id + 1_000 * s.remark),
        "push.id" => |s, o| push_number(o, s.push_id.unwrap_or(30_000 + s.notification)),
        "pull_request.build" => |s, o| push(o, s.build.pull_request.map_or("", |_| "yes")),
        // Of the build's own pull request, where the event is about a build.
        "pull_request.id" => |s, o| {
            let built = s.build.pull_request.filter(|_| s.shape == Shape::BuildComplete2);
            push_number(o, built.unwrap_or(s.change_id));
        },
        "pull_request.status" => |s, o| push(o, s.pull_request_status),
        "pull_request.verb" => |s, o| {
            push(
                o,
                match (s.shape, s.pull_request_status) {
                    (Shape::PullRequestCreated, _) => "created",
                    (_, "completed") => "completed",
                    (_, "abandoned") => "abandoned",
                    _ => "updated",
                },
            );
        },
        "pull_request.merge_status" => |s, o| {
            push(o, if s.shape == Shape::PullRequestCreated { "queued" } else { "succeeded" });
        },
        "pull_request.vote" => |s, o| push(o, if s.is_closed() { "10" } else { "0" }),
        "pull_request.created_at" => |s, o| s.opened_at.write_azure(o),
        "pull_request.closed_at" => |s, o| {
            if s.is_closed() {
                s.happened_at().write_azure(o);
            }
        },
        "merge.id" => |s, o| s.change(5).guid().write(o),
        "merge.source_commit" => |s, o| s.heads[0].write(o),
        "merge.target_commit" => |s, o| s.heads[1].write(o),
        "merge.commit" => |s, o| {
            if s.shape != Shape::PullRequestCreated {
                s.heads[2].write(o);
            }
        },

        "work_item.id" => |s, o| push_number(o, s.change_id),
        "work_item.type" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "Bug" } else { "User Story" })
        }
        "work_item.type_path" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "Bug" } else { "User%20Story" })
        }
        "work_item.verb" => |s, o| {
            push(
                o,
                match s.shape {
                    Shape::WorkItemCreated => "created",
                    Shape::WorkItemCommented => "commented on",
                    Shape::WorkItemDeleted => "deleted",
                    Shape::WorkItemRestored => "restored",
                    _ => "updated",
                },
            );
        },
        "work_item.state" => |s, o| push(o, s.work_item_state().0),
        "work_item.reason" => |s, o| push(o, s.work_item_state().1),
        "work_item.sprint" => |s, o| push_number(o, 1 + s.change_id % 26),
        "work_item.revision" => {
            |s, o| push_number(o, if s.shape == Shape::WorkItemCreated { 1 } else { s.revision })
        }
        "work_item.revision_before" => |s, o| push_number(o, s.revision - 1),
        "work_item.comments" => |s, o| push_number(o, s.revision / 2),
        "work_item.commented" => {
            |s, o| push(o, if s.shape == Shape::WorkItemCommented { "yes" } else { "" })
        }

        "alert.id" => |s, o| push_number(o, s.change_id),
        "alert.state" => |s, o| {
            push(o, if s.shape == Shape::AlertStateChanged { "fixed" } else { "active" });
        },
        "alert.severity" => {
            |s, o| push(o, if s.change_id.is_multiple_of(3) { "critical" } else { "high" })
        }
        "sentence" => |s, o| push(o, s.shape.sentence()),
        "pool.size" => |s, o| push_number(o, 2 + s.change_id % 6),
        "endpoint.id" => |s, o| s.change(10).guid().write(o),
        "room.id" => |s, o| push_number(o, 1 + s.change_id % 9),

        "release.id" => |s, o| push_number(o, s.build.id),
        "release.name" => |s, o| {
            push(o, "Release-");
            push_number(o, s.build.id);
        },
        "release.sentence" => |s, o| push(o, s.release_words().0),
        "release.verb" => |s, o| push(o, s.release_words().1),
        "release.where" => |s, o| {
            if !matches!(s.shape, Shape::ReleaseCreated | Shape::ReleaseAbandoned) {
                push(o, " on environment ");
                push(o, ENVIRONMENTS[s.stage_place]);
            }
        },
        "release.own_status" => |s, o| {
            push(o, if s.shape == Shape::ReleaseAbandoned { "abandoned" } else { "active" });
        },
        "release.status" => |s, o| push(o, s.release_status()),
        "release.approval" => |s, o| {
            let is_pending = s.shape == Shape::DeploymentApprovalPending;
            push(o, if is_pending { "pending" } else { "approved" });
        },
        "release.environment" => |s, o| push(o, ENVIRONMENTS[s.stage_place]),
        "release.environment_id" => |s, o| push_number(o, s.build.id * 4 + s.stage_place as u64),
        _ => return None,
    };
    Some(hole)
}
