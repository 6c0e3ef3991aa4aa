import { expect, test } from 'vitest';
import { explain, kindWords, thingOf, titleOf } from './words';

test('a key names its thing without asking anybody', () => {
  const guid = '80cf50a6-a5fc-41ca-b81e-246e7f232228';
  const name = (key: string) => thingOf(key).name;
  expect(name(`azure_devops:${guid}:work_item:19640`)).toBe('Work item 19640');
  expect(name(`azure_devops:${guid}:pull_request:${guid}/12333`)).toBe('Pull request 12333');
  expect(name(`azure_devops:${guid}:repository:${guid}`)).toBe('Repository 80cf50a6');
  expect(name(`azure_devops:${guid}:deployment:98197/392791`)).toBe('Deployment 392791');
  expect(name(`build:${guid}`)).toBe('Build 80cf50a6');
  expect(thingOf(`build:${guid}`).href).toBe(`/builds/${guid}`);
});

test('an event is called by our word, else by the provider’s, else by its sender', () => {
  const event = { kind: 'other', type: null, channel: null, provider: 'github' } as const;
  expect(titleOf({ ...event, kind: 'pull_request.merge_failed' })).toBe(
    'Pull request merge failed',
  );
  expect(titleOf({ ...event, type: 'job.scheduled' })).toBe('job.scheduled');
  expect(titleOf({ ...event, channel: 'nightly' })).toBe('Sent to nightly');
  expect(titleOf(event)).toBe('Unknown, from GitHub');
  expect(kindWords('push')).toBe('Push');
});

test('a type that has no kind here is told in words, if it is of a provider we know', () => {
  const title = (type: string, provider: 'azure_devops' | 'buildkite' | 'gitlab') =>
    titleOf({ kind: 'other', type, channel: null, provider });
  expect(title('ms.vss-pipelines.job-state-changed-event', 'azure_devops')).toBe(
    'Job state changed',
  );
  expect(title('ms.vss-release.deployment-approval-completed-event', 'azure_devops')).toBe(
    'Deployment approval completed',
  );
  expect(title('workitem.restored', 'azure_devops')).toBe('Work item restored');
  expect(title('job.scheduled', 'buildkite')).toBe('Job scheduled');
  expect(title('cluster_token.created', 'buildkite')).toBe('Cluster token created');
  expect(title('Pipeline Hook', 'gitlab')).toBe('Pipeline Hook');
});

test('what became of an event is told by what counts most', () => {
  const event = {
    status: 'done',
    answer: 'skipped',
    reason: 'a ping',
    echo_of: null,
    facts: [],
    decoder_version: 1,
    kind: 'other',
  } as const;
  expect(explain({ ...event, facts: [] })).toBe('It says nothing of a build or subject. A ping.');
  const fact = { about: 'buildkite:acme:agent:7', provider_at: null, says: {} };
  expect(explain({ ...event, facts: [fact, fact] })).toBe('Read: 2 facts about an agent. A ping.');
  expect(explain({ ...event, facts: [], status: 'parked' })).toMatch(/could not be read/);
  expect(explain({ ...event, facts: [], echo_of: 7 })).toMatch(/first, in event 7/);
  expect(explain({ ...event, facts: [], answer: 'test' })).toMatch(/^A test delivery/);
});
