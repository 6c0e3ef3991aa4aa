/** How jobs send the reports of their tests, by where they run. Pure. */

export type Way = {
  key: string;
  name: string;
  when: string;
  steps: { say: string; command?: string; label?: string }[];
  mind: string;
};

export const WAYS = ['any', 'buildkite', 'azure', 'curl', 'buildbutler'] as const;

/** `server` is where jobs reach this server. */
export const reportWays = (server: string): readonly Way[] => [
  {
    key: 'any',
    name: 'creel report',
    when: 'At the end of a job, of any CI; it knows Buildkite, Azure Pipelines, GitHub Actions, GitLab, Jenkins, TeamCity and CircleCI by their variables.',
    steps: [
      {
        say: 'Fetch the program from this server (Linux, of the architecture of the server):',
        command: `curl --fail --silent --show-error --retry 3 --output creel ${server}/download/creel && chmod +x creel`,
      },
      {
        say: 'Send the reports. The key stands in the variable CREEL_API_KEY, as a secret of the CI:',
        command: `CREEL_URL=${server} ./creel report --files '**/TEST-*.xml' '**/*.trx'`,
      },
    ],
    mind: 'It has to run also when the tests failed. It never fails the job, unless --strict is given; --dry-run shows what would be sent.',
  },
  {
    key: 'buildkite',
    name: 'Buildkite',
    when: 'The plugin sends at the end of the job, also when the command failed. It needs bash and curl on the agent.',
    steps: [
      {
        say: 'Copy integrations/buildkite-plugin of Creel’s repository to .buildkite/plugins/creel of yours, and name it in the pipeline. CREEL_URL and CREEL_API_KEY come from the agent:',
        command:
          'steps:\n  - label: Tests\n    command: make test\n    plugins:\n      - ./.buildkite/plugins/creel:\n          files: "**/TEST-*.xml"',
        label: 'step',
      },
    ],
    mind: 'The report meets the build of the webhook: both name it by its UUID.',
  },
  {
    key: 'azure',
    name: 'Azure Pipelines',
    when: 'A step template; the variables CREEL_URL and CREEL_API_KEY (a secret) belong to the pipeline.',
    steps: [
      {
        say: 'Copy integrations/azure-pipelines/report-tests.yml of Creel’s repository into yours, and use it last among the steps:',
        command:
          'steps:\n  - script: make test\n  - template: report-tests.yml\n    parameters:\n      files: "**/TEST-*.xml;**/*.trx"',
        label: 'steps',
      },
    ],
    mind: 'It needs a Linux agent of the server’s architecture. One way per job: where tests are also published with PublishTestResults, of one build one counts.',
  },
  {
    key: 'curl',
    name: 'curl',
    when: 'Where no other program should run. Which build it is stands in the part "ci".',
    steps: [
      {
        say: 'Several files may go in one request, up to 16 MiB:',
        command: `curl --fail -H "X-API-Key: $CREEL_API_KEY" ${server}/api/v1/reports \\\n  -F 'ci={"provider": "other", "source": "ci.example.com", "pipeline": "shop", "build": "42", "branch": "main", "job": "test"};type=application/json' \\\n  -F file=@results/TEST-a.xml -F file=@results/b.trx`,
      },
    ],
    mind: 'Sent again, a report takes the place of the earlier one of the same job and files.',
  },
  {
    key: 'buildbutler',
    name: 'BuildButler clients',
    when: 'What sends to BuildButler today sends here unchanged: only its address and its key are others.',
    steps: [
      { say: 'The address:', command: server, label: 'address' },
      {
        say: 'It answers below /ingest/ as that product does: builds, pipeline-stages, tests, build-logs, agents, security-reports. To see that the key fits:',
        command: `curl --fail -H "X-API-Key: $CREEL_API_KEY" -H 'Content-Type: application/json' ${server}/ingest/builds \\\n  -d '{"jobName": "CI", "buildNumber": 88, "status": "success", "jenkinsInstanceId": "https://github.com/acme/shop", "externalRunId": "12345678901"}'`,
      },
    ],
    mind: 'In any order and as often as wanted: tests that come before their build wait for it.',
  },
];
