"""What the vendor's Python library reads from an organisation, as one line of JSON."""

import json
import sys

from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication

base, token = sys.argv[1:]
connection = Connection(base_url=base, creds=BasicAuthentication("", token))
clients = connection.clients_v7_1
core, build = clients.get_core_client(), clients.get_build_client()
test, agents, release = (
    clients.get_test_client(),
    clients.get_task_agent_client(),
    clients.get_release_client(),
)

projects = core.get_projects()
found = build.get_builds("Payments", top=5, result_filter="failed", status_filter="completed")
failed = build.get_build("Payments", found[0].id)
timeline = build.get_build_timeline("Payments", failed.id)
jobs = [record for record in timeline.records if record.type == "Job"]
tasks = [record for record in timeline.records if record.type == "Task" and record.log]
log = max(tasks, key=lambda task: task.log.id).log.id
text = b"".join(build.get_build_log("Payments", failed.id, log)).decode("utf-8-sig")
lines = build.get_build_log_lines("Payments", failed.id, log)
runs = test.get_test_runs("Payments", include_run_details=True, top=3)
results = test.get_test_results("Payments", runs[0].id, top=1000)
pools = agents.get_agent_pools()
queues = agents.get_agent_queues("Payments")
in_pool = agents.get_agents(pools[1].id, include_capabilities=True, include_assigned_request=True)
releases = release.get_releases("Warehouse", top=3)
deployments = release.get_deployments("Warehouse")

print(json.dumps({
    "projects": sorted(project.name for project in projects),
    "build": [failed.id, failed.build_number, failed.result, failed.finish_time.isoformat()],
    "definition": failed.definition.name,
    "records": len(timeline.records),
    "jobs": sorted([job.id, job.name, job.result, job.worker_name] for job in jobs),
    "log": [log, len(text.splitlines()), lines[-1]],
    "logs": len(build.get_build_logs("Payments", failed.id)),
    "changes": [change.id for change in build.get_build_changes("Payments", failed.id)],
    "artifacts": len(build.get_artifacts("Payments", failed.id)),
    "definitions": sorted(one.name for one in build.get_definitions("Payments")),
    "run": [runs[0].id, runs[0].total_tests, runs[0].passed_tests],
    "results": [len(results), sum(one.outcome == "Passed" for one in results)],
    "first_test": results[0].automated_test_name,
    "pools": [[pool.id, pool.name, pool.is_hosted] for pool in pools],
    "queues": sorted(queue.name for queue in queues),
    "agents": [[agent.name, agent.status, agent.enabled] for agent in in_pool],
    "release": [releases[0].id, releases[0].name, releases[0].status],
    "deployments": len(deployments) > 0,
}))
