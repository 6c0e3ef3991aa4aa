//! Classic releases, their stages ("environments") and approvals.

use super::{Links, Project};
use crate::model::Timestamp;
use crate::providers::azure_devops::json::{Label, shape};

shape! {
    /// Classic releases and their deployments.
    ReleaseEvent {
        release: Release = "release",
        environment: Environment = "environment",
        approval: ReleaseApproval = "approval",
        deployment: Deployment = "deployment",
        project: Project = "project",
    }
}

shape! {
    Release {
        id: Label = "id",
        name: String = "name",
        status: String = "status",
        created_on: Timestamp = "createdOn",
        modified_on: Timestamp = "modifiedOn",
        project: Project = "project",
        links: Links = "_links",
    }
}

shape! {
    /// A stage of a classic release.
    Environment {
        id: Label = "id",
        name: String = "name",
        status: String = "status",
        release_id: Label = "releaseId",
        release: Release = "release",
    }
}

shape! {
    ReleaseApproval {
        status: String = "status",
        created_on: Timestamp = "createdOn",
        modified_on: Timestamp = "modifiedOn",
        release: Release = "release",
        environment: Environment = "releaseEnvironment",
    }
}

shape! {
    Deployment {
        completed_on: Timestamp = "completedOn",
    }
}
