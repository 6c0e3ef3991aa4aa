//! Repositories, pushes, pull requests, check-ins.

use super::{Links, Project};
use crate::model::Timestamp;
use crate::providers::azure_devops::json::shape;

shape! {
    Push {
        repository: Repository = "repository",
        date: Timestamp = "date",
        url: String = "url",
    }
}

shape! {
    Repository {
        id: String = "id",
        name: String = "name",
        url: String = "url",
        project: Project = "project",
        remote_url: String = "remoteUrl",
        web_url: String = "webUrl",
        is_disabled: bool = "isDisabled",
    }
}

shape! {
    /// `git.repo.*`. A deleted repository comes without a repository object.
    RepositoryEvent {
        repository: Repository = "repository",
        target_repository: Repository = "targetRepository",
        project: Project = "project",
        repository_id: String = "repositoryId",
        repository_name: String = "repositoryName",
        new_name: String = "newName",
        disabled: bool = "disabled",
        at: Timestamp = "utcTimestamp",
    }
}

shape! {
    PullRequest {
        id: i64 = "pullRequestId",
        title: String = "title",
        status: String = "status",
        merge_status: String = "mergeStatus",
        is_draft: bool = "isDraft",
        creation_date: Timestamp = "creationDate",
        closed_date: Timestamp = "closedDate",
        repository: Repository = "repository",
        url: String = "url",
    }
}

shape! {
    /// A comment: 2.0 wraps it together with its pull request, 1.0 is the comment itself.
    CommentEvent {
        comment: Comment = "comment",
        pull_request: PullRequest = "pullRequest",
        published_date: Timestamp = "publishedDate",
        last_updated_date: Timestamp = "lastUpdatedDate",
        links: Links = "_links",
    }
}

shape! {
    Comment {
        published_date: Timestamp = "publishedDate",
        last_updated_date: Timestamp = "lastUpdatedDate",
        links: Links = "_links",
    }
}

shape! {
    Checkin {
        changeset_id: i64 = "changesetId",
        created_date: Timestamp = "createdDate",
    }
}
