// What the vendor's Node library reads from an organisation, as one line of JSON.
const azure = require('azure-devops-node-api');

async function read(base, token) {
  const api = new azure.WebApi(base, azure.getPersonalAccessTokenHandler(token));
  const who = await api.connect();
  const core = await api.getCoreApi();
  const build = await api.getBuildApi();
  const test = await api.getTestApi();
  const agents = await api.getTaskAgentApi();
  const release = await api.getReleaseApi();
  const results = await api.getTestResultsApi();

  const project = 'Payments';
  const projects = await core.getProjects();
  // 8: failed, 2: completed.
  const builds = await build.getBuilds(
    project, undefined, undefined, undefined, undefined, undefined, undefined, undefined, 2, 8,
    undefined, undefined, 5,
  );
  const failed = await build.getBuild(project, builds[0].id);
  const timeline = await build.getBuildTimeline(project, failed.id);
  const jobs = timeline.records.filter((record) => record.type === 'Job');
  const logs = timeline.records.filter((record) => record.type === 'Task' && record.log);
  const log = Math.max(...logs.map((record) => record.log.id));
  const lines = await build.getBuildLogLines(project, failed.id, log);
  const runs = await test.getTestRuns(project, undefined, undefined, undefined, undefined, true, undefined, 0, 3);
  const cases = await test.getTestResults(project, runs[0].id, undefined, 0, 1000);
  const summary = await results.queryTestResultsReportForBuild(project, Number(runs[0].build.id));
  const pools = await agents.getAgentPools();
  const inPool = await agents.getAgents(pools[1].id, undefined, true, true);
  const releases = await release.getReleases('Warehouse');
  return {
    who: who.authenticatedUser.providerDisplayName,
    projects: projects.map((one) => one.name).sort(),
    build: [failed.id, failed.buildNumber, failed.result, failed.finishTime.toISOString()],
    records: timeline.records.length,
    jobs: jobs.map((job) => [job.id, job.name, job.result, job.workerName]).sort(),
    log: [log, lines.length, lines.at(-1)],
    changes: (await build.getBuildChanges(project, failed.id)).map((change) => change.id),
    run: [runs[0].id, runs[0].totalTests, runs[0].passedTests],
    results: [cases.length, cases.filter((one) => one.outcome === 'Passed').length],
    summary: [runs[0].build.id, summary.aggregatedResultsAnalysis.totalTests],
    pools: pools.map((pool) => [pool.id, pool.name, pool.isHosted]),
    agents: inPool.map((agent) => [agent.name, agent.status, agent.enabled]),
    release: [releases[0].id, releases[0].name, releases[0].status],
  };
}

read(...process.argv.slice(2)).then(
  (found) => console.log(JSON.stringify(found)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
