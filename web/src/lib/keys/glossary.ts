/** Our words beside those of the providers and of BuildButler. The help dialog shows it; search knows it. */

export type Word = {
  ours: string;
  means: string;
  azure?: string;
  buildkite?: string;
  buildbutler?: string;
  /** Where the page about it is. */
  href?: string;
  /** What people type who know it by another name. */
  also: string[];
};

export const glossary: Word[] = [
  {
    ours: 'Source',
    means: 'Who sends hooks: an organisation or a collection.',
    azure: 'Organization, collection',
    buildkite: 'Organization',
    buildbutler: 'Server',
    href: '/sources',
    also: ['server', 'organization', 'organisation', 'collection', 'instance', 'jenkins'],
  },
  {
    ours: 'Pipeline',
    means: 'What is built again and again.',
    azure: 'Pipeline, build definition',
    buildkite: 'Pipeline',
    buildbutler: 'Job',
    href: '/builds',
    also: ['job', 'definition', 'project', 'workflow'],
  },
  {
    ours: 'Build',
    means: 'One run of a pipeline, with its number, result and times.',
    azure: 'Build, run',
    buildkite: 'Build',
    buildbutler: 'Build',
    href: '/builds',
    also: ['run', 'job run', 'execution'],
  },
  {
    ours: 'Stage',
    means: 'A part of a build that holds jobs.',
    azure: 'Stage',
    buildkite: 'Group, or what lies between two waits',
    buildbutler: 'Stage',
    href: '/builds',
    also: ['stage', 'group', 'phase'],
  },
  {
    ours: 'Step',
    means: 'A stage, job, task or gate inside a build.',
    azure: 'Stage, job, task, checkpoint',
    buildkite: 'Step, job, block',
    buildbutler: 'Stage',
    href: '/builds',
    also: ['step', 'task', 'gate', 'approval', 'block'],
  },
  {
    ours: 'Test',
    means: 'One test with its history: the same suite, class, name and variant in one pipeline.',
    azure: 'Test case result',
    buildkite: 'Test',
    buildbutler: 'Test',
    href: '/tests',
    also: ['test', 'test case', 'junit', 'spec', 'scenario'],
  },
  {
    ours: 'Test set',
    means:
      'What one report, job or test run told of the tests of a build. A newer one takes its place.',
    azure: 'Test run',
    buildkite: 'Upload',
    buildbutler: 'Test suite',
    href: '/tests',
    also: ['test set', 'test run', 'test suite', 'report', 'upload'],
  },
  {
    ours: 'Flaky',
    means:
      'A test that passes and fails though nothing changed. Broken is one that fails each time.',
    azure: 'Flaky test',
    buildkite: 'Flaky test',
    buildbutler: 'Flaky test',
    href: '/tests?status=flaky',
    also: ['flaky', 'broken test', 'unstable test', 'intermittent'],
  },
  {
    ours: 'Monitor',
    means: 'A rule that says from which results a test counts as flaky, and when no more.',
    buildkite: 'Workflow monitor',
    buildbutler: 'Flaky rules',
    href: '/tests/detection',
    also: ['monitor', 'detection', 'flaky rule', 'threshold'],
  },
  {
    ours: 'Agent',
    means: 'A machine that runs jobs.',
    azure: 'Agent',
    buildkite: 'Agent',
    buildbutler: 'Node',
    href: '/agents',
    also: ['agent', 'runner', 'worker', 'node', 'machine'],
  },
  {
    ours: 'Queue',
    means: 'Where jobs wait for an agent.',
    azure: 'Agent pool',
    buildkite: 'Queue',
    href: '/agents',
    also: ['queue', 'pool', 'cluster', 'label'],
  },
  {
    ours: 'Subject',
    means: 'What events are about besides builds: a pull request, work item, repository, release.',
    azure: 'Resource',
    href: '/subjects',
    also: ['pull request', 'pr', 'work item', 'ticket', 'repository', 'release', 'deployment'],
  },
  {
    ours: 'Entry',
    means: 'One accepted request as it came, numbered, never changed.',
    azure: 'Notification',
    buildkite: 'Webhook delivery',
    buildbutler: 'Payload',
    href: '/events',
    also: ['entry', 'notification', 'delivery', 'payload', 'webhook', 'hook', 'journal'],
  },
  {
    ours: 'Event',
    means: 'What an entry tells, read the same way for every provider.',
    azure: 'Service hook event',
    buildkite: 'Event',
    href: '/events',
    also: ['event', 'message', 'inbox'],
  },
  {
    ours: 'Fact',
    means: 'One thing that an event says of a build. A build is what all its facts add up to.',
    href: '/builds',
    also: ['fact', 'provenance', 'origin'],
  },
  {
    ours: 'Echo',
    means: 'A second entry about the same happening, from another subscription. It counts once.',
    href: '/events',
    also: ['echo', 'overlap', 'subscription'],
  },
  {
    ours: 'Duplicate',
    means: 'The same delivery once more. Counted, not stored again.',
    azure: 'Retry',
    buildkite: 'Redelivery',
    href: '/events',
    also: ['duplicate', 'retry', 'redelivery'],
  },
  {
    ours: 'Parked',
    means: 'Kept, but not readable yet; the reason is shown, and replay reads it again.',
    href: '/events?status=parked',
    also: ['parked', 'failed event', 'dead letter', 'poison'],
  },
  {
    ours: 'Refused',
    means: 'Turned away before it was stored: no key, a wrong key, or too large.',
    href: '/sources',
    also: ['refused', 'rejected', '401', 'unauthorized'],
  },
  {
    ours: 'Channel',
    means: 'A free word in the address of a hook, kept with its entries.',
    href: '/events',
    also: ['channel', 'tag'],
  },
];

/** Why a page is found by a word that is not its name: `job: Pipeline. What is built again and again.` */
export function whyFound(text: string): string {
  const word = glossary.find(({ ours, also }) => ours === text || also.includes(text));
  if (!word) return text;
  const other = word.ours.toLowerCase() === text.toLowerCase() ? '' : `${text}: `;
  return `${other}${word.ours}. ${word.means}`;
}
