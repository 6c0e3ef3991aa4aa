//! Agents, the pools they are in, and the queues that projects call those by.

use std::collections::BTreeMap;

use super::answers::list;
use super::timeline::key;
use crate::model::{Agent, AgentJob, AgentState, Pool, Timestamp, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::{Label, shape};
use crate::providers::azure_devops::payload::{self, Definition, Links};
use crate::providers::rest::Answer;

shape! {
    Told {
        id: Label = "id",
        name: String = "name",
        version: String = "version",
        os: String = "osDescription",
        enabled: bool = "enabled",
        status: String = "status",
        status_changed_on: Timestamp = "statusChangedOn",
        created_on: Timestamp = "createdOn",
        capabilities: Capabilities = "systemCapabilities",
        assigned: Request = "assignedRequest",
        last: Request = "lastCompletedRequest",
        links: Links = "_links",
    }
}

shape! {
    Capabilities {
        computer: String = "Agent.ComputerName",
        os: String = "Agent.OS",
        version: String = "Agent.Version",
    }
}

shape! {
    /// A job that an agent was given.
    Request {
        assign_time: Timestamp = "assignTime",
        receive_time: Timestamp = "receiveTime",
        finish_time: Timestamp = "finishTime",
        plan_type: String = "planType",
        job_id: String = "jobId",
        job_name: String = "jobName",
        definition: Definition = "definition",
        /// Of the plan type `Build` the build.
        owner: Owner = "owner",
    }
}

shape! {
    Owner {
        id: i64 = "id",
    }
}

pub fn pools(answer: &Answer) -> Result<Vec<Pool>, Unreadable> {
    let told = list::<payload::Pool>(answer)?.into_iter().filter_map(|pool| {
        Some(Pool {
            key: pool.id?.to_string(),
            name: pool.name?,
            is_hosted: pool.is_hosted.unwrap_or(false),
            size: pool.size.filter(|size| *size >= 0),
        })
    });
    Ok(told.collect())
}

/// Names of the pools that a project's queues stand for, by the queues' ids: that is how a timeline
/// tells where its jobs wait.
pub fn queues(answer: &Answer) -> Result<BTreeMap<i64, String>, Unreadable> {
    let told = list::<payload::Queue>(answer)?;
    Ok(told.iter().filter_map(named).collect())
}

/// Id of a queue, and the name of its pool; people may have given the queue another.
pub(super) fn named(queue: &payload::Queue) -> Option<(i64, String)> {
    let of_pool = || queue.pool.as_ref()?.name.clone();
    Some((queue.id?, of_pool().or_else(|| queue.name.clone())?))
}

/// The agents of one pool.
pub fn agents(answer: &Answer, pool: &Pool) -> Result<Vec<Agent>, Unreadable> {
    let told = list::<Told>(answer)?;
    Ok(told.into_iter().filter_map(|agent| read(agent, pool)).collect())
}

fn read(told: Told, pool: &Pool) -> Option<Agent> {
    let id = told.id?.0;
    let is = |word| payload::is(told.status.as_deref(), word);
    let is_enabled = told.enabled.unwrap_or(true);
    let state = if is("offline") {
        AgentState::Offline
    } else if told.assigned.is_some() {
        AgentState::Busy
    } else if !is("online") {
        AgentState::Unknown
    } else if is_enabled {
        AgentState::Online
    } else {
        AgentState::Paused
    };
    let capabilities = told.capabilities.unwrap_or_default();
    let last_job = told.last.as_ref().and_then(|request| request.finish_time);
    Some(Agent {
        name: told.name.unwrap_or_else(|| id.clone()),
        key: format!("{}/{id}", pool.key),
        pool: Some(pool.name.clone()),
        version: told.version.or(capabilities.version),
        os: told.os.or(capabilities.os),
        hostname: capabilities.computer,
        state,
        is_enabled,
        connected_at: told.status_changed_on.filter(|_| is("online")),
        last_seen_at: told.status_changed_on.max(last_job),
        job: told.assigned.map(job),
        url: told.links.and_then(|links| address::link(links.web?.href.as_deref()?)),
    })
}

fn job(request: Request) -> AgentJob {
    let build = request
        .owner
        .and_then(|owner| owner.id)
        .filter(|id| *id > 0 && payload::is(request.plan_type.as_deref(), "Build"));
    AgentJob {
        build_keys: build.map(|id| ("build_id".to_owned(), id.to_string())).into_iter().collect(),
        step: build.and(request.job_id.as_deref()).map(|id| format!("job:{}", key(id))),
        name: request.job_name.or_else(|| request.definition?.name),
        since: request.receive_time.or(request.assign_time),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::azure_devops::rest::fixtures::answer;

    fn pool() -> Pool {
        Pool { key: "2".to_owned(), name: "harbour".to_owned(), is_hosted: false, size: Some(3) }
    }

    fn agent(members: &Value) -> Agent {
        let body = json!({"value": [members]});
        agents(&answer(&body), &pool()).unwrap().remove(0)
    }

    #[test]
    fn an_agent_at_work_says_on_what() {
        let busy = agent(&json!({
            "id": 7, "name": "quay-7", "version": "3.240.1", "enabled": true, "status": "online",
            "osDescription": "Linux 6.1", "statusChangedOn": "2026-02-13T08:00:00.66Z",
            "_links": {"web": {"href": "https://dev.azure.com/lumen-works/_settings/agentpools"}},
            "systemCapabilities": {"Agent.ComputerName": "quay-7.lumen.test", "Agent.OS": "Linux"},
            "lastCompletedRequest": {"finishTime": "2026-02-13T13:00:00Z"},
            "assignedRequest": {
                "receiveTime": "2026-02-13T14:00:02Z", "assignTime": "2026-02-13T14:00:01Z",
                "planType": "Build", "jobId": "3D52C8F0-71AA-4E0B-8C19-000000000011",
                "definition": {"id": 12, "name": "quay-ci"}, "owner": {"id": 7315, "name": "4"}
            }
        }));
        insta::assert_yaml_snapshot!(busy, @r#"
        key: 2/7
        name: quay-7
        pool: harbour
        version: 3.240.1
        os: Linux 6.1
        hostname: quay-7.lumen.test
        state: busy
        is_enabled: true
        connected_at: "2026-02-13T08:00:00.660Z"
        last_seen_at: "2026-02-13T13:00:00.000Z"
        job:
          build_keys:
            - - build_id
              - "7315"
          step: "job:3d52c8f0-71aa-4e0b-8c19-000000000011"
          name: quay-ci
          since: "2026-02-13T14:00:02.000Z"
        url: "https://dev.azure.com/lumen-works/_settings/agentpools"
        "#);
    }

    #[test]
    fn a_job_of_a_release_names_no_build() {
        let request = json!({"planType": "Release", "owner": {"id": 530}, "jobId": "x"});
        let job = agent(&json!({"id": 1, "status": "online", "assignedRequest": request})).job;
        let expected = AgentJob { build_keys: Vec::new(), step: None, name: None, since: None };
        assert_eq!(job, Some(expected));
    }

    #[test]
    fn an_agent_is_offline_busy_paused_or_free() {
        let request = json!({"planType": "Build"});
        for (status, enabled, assigned, expected) in [
            ("online", true, json!(null), AgentState::Online),
            ("online", false, json!(null), AgentState::Paused),
            ("online", false, request.clone(), AgentState::Busy),
            ("offline", true, request, AgentState::Offline),
            ("adrift", true, json!(null), AgentState::Unknown),
        ] {
            let body =
                json!({"id": 1, "status": status, "enabled": enabled, "assignedRequest": assigned});
            assert_eq!(agent(&body).state, expected, "{status} {enabled}");
        }
    }

    #[test]
    fn a_queue_is_known_by_its_pool() {
        let body = json!({"value": [
            {"id": 4, "name": "ours", "pool": {"id": 2, "name": "harbour"}},
            {"id": 5, "name": "alone"}, {"name": "nobody"}
        ]});
        let expected = BTreeMap::from([(4, "harbour".to_owned()), (5, "alone".to_owned())]);
        assert_eq!(queues(&answer(&body)).unwrap(), expected);
    }

    #[test]
    fn hosted_pools_are_told_apart() {
        let body = json!({"value": [
            {"id": 2, "name": "harbour", "isHosted": false, "size": 3},
            {"id": 9, "name": "Azure Pipelines", "isHosted": true, "size": null}, {"id": 10}
        ]});
        let read = pools(&answer(&body)).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0], pool());
        assert!(read[1].is_hosted);
    }
}
