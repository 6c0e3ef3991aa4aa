//! Code: pushes, repositories, pull requests, check-ins, and the words for branches and commits.

use super::decode::{Delivery, Outline};
use super::payload::{
    self, Checkin, CommentEvent, Links, Project, PullRequest, Push, Repository, RepositoryEvent,
};
use super::{address, hook};
use crate::model::{EventKind, SubjectFact, SubjectKind, SubjectRef, Timestamp};

/// A SHA-256 object id; nothing longer is a commit.
const COMMIT_LEN_MAX: usize = 64;

pub(super) fn push(delivery: &Delivery<'_>, push: &Push) -> Outline {
    let at = push.date.or(delivery.created_at);
    let fact = push
        .repository
        .as_ref()
        .and_then(|repository| repository_fact(repository, at))
        .or_else(|| repository_in(push.url.as_deref(), at));
    Outline::about(EventKind::Push, at, fact)
}

/// A check-in goes to the one TFVC tree of the collection.
pub(super) fn checkin(delivery: &Delivery<'_>, checkin: &Checkin) -> Outline {
    let at = checkin.created_date.or(delivery.created_at);
    let subject = SubjectRef { kind: SubjectKind::Repository, key: "tfvc".to_owned() };
    let title = Some("TFVC".to_owned());
    let fact =
        checkin.changeset_id.map(|_| SubjectFact { title, ..SubjectFact::about(subject, at) });
    Outline::about(EventKind::Push, at, fact)
}

pub(super) fn repository(delivery: &Delivery<'_>, event: &RepositoryEvent) -> Outline {
    let at = event.at.or(delivery.created_at);
    // Of a fork the new repository is the news.
    let told = event.repository.as_ref().or(event.target_repository.as_ref());
    let flat = Repository {
        id: event.repository_id.clone(),
        name: event.repository_name.clone(),
        ..Repository::default()
    };
    let fact = repository_fact(told.unwrap_or(&flat), at).map(|fact| SubjectFact {
        title: event.new_name.clone().or_else(|| fact.title.clone()),
        project: fact.project.clone().or_else(|| project_name(event.project.as_ref())),
        state: match delivery.event_type {
            "git.repo.deleted" => Some("deleted".to_owned()),
            "git.repo.statuschanged" => event.disabled.map(activity).or(fact.state.clone()),
            _ => fact.state.clone(),
        },
        ..fact
    });
    Outline::about(EventKind::RepositoryChanged, at, fact)
}

pub(super) fn pull_request(delivery: &Delivery<'_>, told: &PullRequest) -> Outline {
    let status = |word| payload::is(told.status.as_deref(), word);
    let merge = |word| payload::is(told.merge_status.as_deref(), word);
    let kind = match delivery.event_type {
        "git.pullrequest.created" => EventKind::PullRequestCreated,
        // "Merged" is sent for every attempt, also the first one right after the creation.
        "git.pullrequest.merged" if status("completed") => EventKind::PullRequestMerged,
        "git.pullrequest.merged"
            if merge("conflicts") || merge("failure") || merge("rejectedByPolicy") =>
        {
            EventKind::PullRequestMergeFailed
        }
        "git.pullrequest.updated" if status("abandoned") => EventKind::PullRequestAbandoned,
        _ => EventKind::PullRequestUpdated,
    };
    let at = match kind {
        EventKind::PullRequestCreated => told.creation_date,
        EventKind::PullRequestMerged | EventKind::PullRequestAbandoned => told.closed_date,
        _ => None,
    };
    let at = at.or(delivery.created_at);
    Outline::about(kind, at, pull_request_fact(told, delivery.created_at.or(at)))
}

pub(super) fn comment(delivery: &Delivery<'_>, event: &CommentEvent) -> Outline {
    let comment = event.comment.as_ref();
    let at = comment
        .and_then(|it| it.last_updated_date.or(it.published_date))
        .or(event.last_updated_date)
        .or(event.published_date)
        .or(delivery.created_at);
    let links = comment.map_or(event.links.as_ref(), |comment| comment.links.as_ref());
    let fact = event
        .pull_request
        .as_ref()
        .and_then(|told| pull_request_fact(told, delivery.created_at.or(at)))
        // 1.0 has no pull request; the comment's own address lies in it.
        .or_else(|| pull_request_in(own_address(links), at));
    Outline::about(EventKind::PullRequestCommented, at, fact)
}

fn own_address(links: Option<&Links>) -> Option<&str> {
    links?.this.as_ref()?.href.as_deref()
}

/// What a message says of a repository; `None` when it does not say which.
fn repository_fact(told: &Repository, at: Option<Timestamp>) -> Option<SubjectFact> {
    let subject = SubjectRef { kind: SubjectKind::Repository, key: repository_key(told)? };
    Some(SubjectFact {
        title: told.name.clone(),
        // Whoever tells of a repository, and does not say otherwise, tells that it is there.
        state: Some(activity(told.is_disabled.unwrap_or(false))),
        project: project_name(told.project.as_ref()),
        url: web_url(told),
        ..SubjectFact::about(subject, at)
    })
}

fn repository_in(url: Option<&str>, at: Option<Timestamp>) -> Option<SubjectFact> {
    let key = address::guid(address::after(url?, "repositories")?)?;
    let subject = SubjectRef { kind: SubjectKind::Repository, key };
    Some(SubjectFact { state: Some(activity(false)), ..SubjectFact::about(subject, at) })
}

fn repository_key(told: &Repository) -> Option<String> {
    let by_name = || told.name.as_ref().map(|name| format!("name={name}"));
    let id = told.id.as_ref().filter(|id| !hook::is_zero(id));
    id.map(|id| id.to_lowercase()).or_else(by_name)
}

fn activity(is_disabled: bool) -> String {
    if is_disabled { "disabled".to_owned() } else { "active".to_owned() }
}

fn web_url(told: &Repository) -> Option<String> {
    address::link(told.web_url.as_deref().or(told.remote_url.as_deref())?)
}

fn project_name(project: Option<&Project>) -> Option<String> {
    project?.name.clone()
}

/// What a message says of a pull request; `None` when it does not say which.
fn pull_request_fact(told: &PullRequest, at: Option<Timestamp>) -> Option<SubjectFact> {
    let url = told.url.as_deref();
    let number =
        told.id.filter(|id| *id > 0).or_else(|| address::number_after(url?, "pullRequests"))?;
    let repository = told.repository.as_ref();
    let key = repository
        .and_then(repository_key)
        .or_else(|| address::guid(address::after(url?, "repositories")?));
    let page = || Some(format!("{}/pullrequest/{number}", web_url(repository?)?));
    let status = |word| payload::is(told.status.as_deref(), word);
    let state = if status("completed") {
        Some("merged")
    } else if status("abandoned") {
        Some("abandoned")
    } else if status("active") {
        Some(if told.is_draft == Some(true) { "draft" } else { "open" })
    } else {
        None
    };
    let key = key.map_or_else(|| number.to_string(), |key| format!("{key}/{number}"));
    let subject = SubjectRef { kind: SubjectKind::PullRequest, key };
    Some(SubjectFact {
        title: told.title.clone(),
        state: state.map(str::to_owned),
        // An abandoned one can be taken up again.
        state_is_final: state == Some("merged"),
        project: project_name(repository.and_then(|it| it.project.as_ref())),
        url: page().or_else(|| address::link(url?)),
        ..SubjectFact::about(subject, at)
    })
}

fn pull_request_in(url: Option<&str>, at: Option<Timestamp>) -> Option<SubjectFact> {
    let repository = address::guid(address::after(url?, "repositories")?)?;
    let number = address::number_after(url?, "pullRequests")?;
    let subject =
        SubjectRef { kind: SubjectKind::PullRequest, key: format!("{repository}/{number}") };
    Some(SubjectFact::about(subject, at))
}

/// A branch as people write it. Tags and other refs keep their full name.
pub(super) fn branch(ref_name: &str) -> Option<String> {
    let name = ref_name.strip_prefix("refs/heads/").unwrap_or(ref_name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The number of `refs/pull/{n}/merge`.
pub(super) fn pull_request_number(ref_name: &str) -> Option<i64> {
    let (number, _) = ref_name.strip_prefix("refs/pull/")?.split_once('/')?;
    number.parse().ok().filter(|number| *number > 0)
}

/// A commit, lower-case: an object id, the beginning of one, or a changeset number, with or
/// without its `C`. `HEAD` and labels are none.
pub(super) fn commit(version: Option<&str>) -> Option<String> {
    let version = version?.trim();
    let is_commit = (1..=COMMIT_LEN_MAX).contains(&version.len())
        && version.chars().all(|c| c.is_ascii_hexdigit());
    is_commit.then(|| version.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Subject;
    use crate::providers::azure_devops::fixtures::{bent, body, read, read_fixture, subject_of};

    #[test]
    fn a_push_is_about_its_repository() {
        let reading = read_fixture("push");
        assert_eq!(reading.event.kind, EventKind::Push);
        insta::assert_yaml_snapshot!(reading.subjects, @r#"
        - subject:
            kind: repository
            key: 2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5
          revision: 0
          at: "2026-02-13T14:20:03.621Z"
          title: crane
          state: active
          project: Harbour
          url: "https://dev.azure.com/lumen-works/Harbour/_git/crane"
        "#);
    }

    #[test]
    fn a_repository_without_an_id_is_known_by_its_name() {
        let guide =
            json!({"repository": {"name": "my-app"}, "refUpdates": [{"name": "refs/heads/main"}]});
        assert_eq!(subject_of(&bent("push", &[("/resource", guide)])).subject.key, "name=my-app");
        let minimal = json!({"url": body("push")["resource"]["url"]});
        let key = subject_of(&bent("push", &[("/resource", minimal)])).subject.key;
        assert_eq!(key, "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5");
        assert_eq!(read(&bent("push", &[("/resource", json!({}))])).event.subject, None);
    }

    #[test]
    fn a_check_in_goes_to_the_one_tree() {
        let changes = [
            ("/eventType", json!("tfvc.checkin")),
            ("/resource", json!({"changesetId": 18, "createdDate": "2026-02-13T10:00:00Z"})),
        ];
        let reading = read(&bent("push", &changes));
        assert_eq!(reading.event.kind, EventKind::Push);
        assert_eq!(reading.subjects[0].subject.key, "tfvc");
    }

    #[test]
    fn a_repository_changes_its_state_and_name() {
        let repository = json!({"id": "2C7BE914-d05f-4b83-a6e1-9f40d2c8a7b5", "name": "crane"});
        for (event_type, resource, state, title) in [
            ("git.repo.created", json!({"repository": repository}), "active", "crane"),
            ("git.repo.forked", json!({"targetRepository": repository}), "active", "crane"),
            (
                "git.repo.renamed",
                json!({"repository": repository, "oldName": "crane", "newName": "hoist"}),
                "active",
                "hoist",
            ),
            (
                "git.repo.statuschanged",
                json!({"repository": repository, "disabled": true}),
                "disabled",
                "crane",
            ),
            ("git.repo.undeleted", json!({"repository": repository}), "active", "crane"),
        ] {
            let changes = [("/eventType", json!(event_type)), ("/resource", resource)];
            let body = bent("push", &changes);
            assert_eq!(read(&body).event.kind, EventKind::RepositoryChanged);
            let fact = subject_of(&body);
            assert_eq!(fact.subject.key, "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5", "{event_type}");
            assert_eq!(fact.state.as_deref(), Some(state), "{event_type}");
            assert_eq!(fact.title.as_deref(), Some(title), "{event_type}");
        }
        let deleted = subject_of(&body("repository_deleted"));
        assert_eq!(deleted.state.as_deref(), Some("deleted"));
        assert_eq!(deleted.project.as_deref(), Some("Harbour"));
    }

    #[test]
    fn a_merged_pull_request_is_final() {
        let reading = read_fixture("pull_request_merged");
        assert_eq!(reading.event.kind, EventKind::PullRequestMerged);
        insta::assert_yaml_snapshot!(reading.subjects, @r#"
        - subject:
            kind: pull_request
            key: 2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5/62
          revision: 0
          at: "2026-02-13T16:40:58.700Z"
          title: Add a winch
          state: merged
          state_is_final: true
          project: Harbour
          url: "https://dev.azure.com/lumen-works/Harbour/_git/crane/pullrequest/62"
        "#);
    }

    #[test]
    fn only_a_completed_pull_request_is_merged() {
        for (status, merge, kind) in [
            ("completed", "succeeded", EventKind::PullRequestMerged),
            ("active", "conflicts", EventKind::PullRequestMergeFailed),
            ("active", "failure", EventKind::PullRequestMergeFailed),
            ("active", "rejectedByPolicy", EventKind::PullRequestMergeFailed),
            ("active", "succeeded", EventKind::PullRequestUpdated),
            ("active", "queued", EventKind::PullRequestUpdated),
        ] {
            let changes =
                [("/resource/status", json!(status)), ("/resource/mergeStatus", json!(merge))];
            let reading = read(&bent("pull_request_merged", &changes));
            assert_eq!(reading.event.kind, kind, "{status} {merge}");
        }
    }

    #[test]
    fn an_update_tells_what_became_of_the_pull_request() {
        for (status, draft, kind, state) in [
            ("abandoned", false, EventKind::PullRequestAbandoned, Some("abandoned")),
            ("completed", false, EventKind::PullRequestUpdated, Some("merged")),
            ("active", false, EventKind::PullRequestUpdated, Some("open")),
            ("active", true, EventKind::PullRequestUpdated, Some("draft")),
            ("notSet", false, EventKind::PullRequestUpdated, None),
        ] {
            let changes = [
                ("/eventType", json!("git.pullrequest.updated")),
                ("/resource/status", json!(status)),
                ("/resource/isDraft", json!(draft)),
            ];
            let body = bent("pull_request_merged", &changes);
            assert_eq!(read(&body).event.kind, kind, "{status}");
            assert_eq!(subject_of(&body).state.as_deref(), state, "{status}");
        }
    }

    #[test]
    fn a_comment_belongs_to_its_pull_request_in_either_version() {
        let reading = read_fixture("pull_request_comment");
        let Some(Subject::Other(subject)) = reading.event.subject else { panic!("no subject") };
        assert_eq!(subject.key, "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5/62");
        assert_eq!(reading.event.at.unwrap().to_string(), "2026-02-12T10:03:00.250Z");
        assert_eq!(reading.subjects[0].state.as_deref(), Some("open"));

        let comment = body("pull_request_comment")["resource"]["comment"].clone();
        let old = bent("pull_request_comment", &[("/resource", comment)]);
        assert_eq!(subject_of(&old).subject, subject);
    }

    #[test]
    fn a_minimal_pull_request_is_known_by_its_address() {
        let url = body("pull_request_merged")["resource"]["url"].clone();
        let minimal = bent("pull_request_merged", &[("/resource", json!({"url": url}))]);
        let fact = subject_of(&minimal);
        assert_eq!(fact.subject.key, "2c7be914-d05f-4b83-a6e1-9f40d2c8a7b5/62");
        assert_eq!((fact.state, fact.title), (None, None));
    }

    #[test]
    fn branches_lose_their_prefix_and_tags_keep_it() {
        assert_eq!(branch("refs/heads/feature/a").as_deref(), Some("feature/a"));
        assert_eq!(branch("refs/tags/v1").as_deref(), Some("refs/tags/v1"));
        assert_eq!(branch("main").as_deref(), Some("main"));
        assert_eq!(branch("refs/heads/"), None);
        assert_eq!(pull_request_number("refs/pull/12/merge"), Some(12));
        assert_eq!(pull_request_number("refs/pull/x/merge"), None);
    }
}
