import { describe, expect, test } from 'vitest';
import type { Event, Pipeline, PipelineBuild, Refusal, Source } from '$lib/api/types';
import { attention, calmOf } from './attention';

const NOW = Date.parse('2026-02-13T12:00:00Z');
const build = (number: number, result: PipelineBuild['result']): PipelineBuild => ({
  id: `build-${number}`,
  number,
  label: null,
  state: 'finished',
  result,
  started_at: null,
  finished_at: `2026-02-13T10:${number % 60}:00Z`,
  queue_ms: null,
  duration_ms: 60_000,
});
const pipeline = (builds: PipelineBuild[], name = 'shop-ci'): Pipeline => ({
  provider: 'azure_devops',
  source_id: '11111111-1111-4111-8111-111111111111',
  source: 'contoso',
  project: 'Web',
  pipeline: name,
  pipeline_name: null,
  branch: 'main',
  branch_is_default: true,
  running: 0,
  last_build_at: '2026-02-13T11:00:00Z',
  builds,
});
const source = (wish: Partial<Source>): Source => ({
  id: 'source-1',
  provider: 'buildkite',
  name: 'acme',
  base_url: null,
  last_event_at: '2026-02-12T10:00:00Z',
  events_24h: 0,
  duplicates_24h: 0,
  parked_24h: 0,
  refused_24h: 0,
  lag_p95_ms: null,
  details: 'all',
  health: 'healthy',
  access: null,
  ...wish,
});
const refusal = (wish: Partial<Refusal>): Refusal => ({
  id: 1,
  at: '2026-02-13T11:59:00Z',
  code: 'key_unknown',
  count: 1,
  key_id: null,
  provider: 'azure_devops',
  route: '/webhooks/azure',
  address: '203.0.113.9',
  ...wish,
});
const nothing = {
  pipelines: [],
  sources: [],
  parked: [],
  moreParked: false,
  refusals: [],
  moreRefusals: false,
  narrowed: false,
};

describe('what needs attention', () => {
  test('is nothing while all is well', () => {
    const pipelines = [pipeline([build(12, 'success'), build(11, 'failure')])];
    expect(attention({ ...nothing, pipelines, sources: [source({})] }, NOW)).toEqual([]);
  });

  test('is a broken default branch, since its first failure, with the build that fails now', () => {
    const builds = [build(13, 'failure'), build(12, 'failure'), build(11, 'success')];
    const [item] = attention({ ...nothing, pipelines: [pipeline(builds)] }, NOW);
    expect(item).toMatchObject({
      name: 'shop-ci · main',
      says: 'broken, 2 in a row',
      since: '2026-02-13T10:12:00Z',
      proof: { label: '#13', href: '/builds/build-13' },
    });
    expect(item?.why).toContain('it began with #12');
  });

  test('is no branch that nobody knows as the default', () => {
    const own = { ...pipeline([build(13, 'failure')]), branch: 'topic', branch_is_default: false };
    expect(attention({ ...nothing, pipelines: [own] }, NOW)).toEqual([]);
    expect(calmOf([own], false).sentence).toBe('No default branch has a verdict yet.');
  });

  test('may have begun before what is known', () => {
    const builds = [build(13, 'failure'), build(12, 'failure')];
    const [item] = attention({ ...nothing, pipelines: [pipeline(builds)] }, NOW);
    expect(item).toMatchObject({
      says: 'broken, 2 or more in a row',
      lasts: 'for 1 h 48 m or more',
    });
    expect(item?.why).toContain('it began with #12 or before');
  });

  test('lasts a minute at least, and has a link even without a number', () => {
    const failed = {
      ...build(13, 'failure'),
      number: null,
      finished_at: new Date(NOW + 2_000).toISOString(),
    };
    const pipelines = [pipeline([failed, build(12, 'success')])];
    const [item] = attention({ ...nothing, pipelines }, NOW);
    expect(item).toMatchObject({ lasts: 'for 1 min', proof: { label: 'the build' } });
  });

  test('is the same trouble while it fails on, and another once it was mended', () => {
    const key = (builds: PipelineBuild[]) =>
      attention({ ...nothing, pipelines: [pipeline(builds)] }, NOW)[0]?.key;
    const before = [build(12, 'failure'), build(11, 'success')];
    expect(key([build(13, 'failure'), ...before])).toBe(key(before));
    expect(key([build(15, 'failure'), build(14, 'success'), ...before])).not.toBe(key(before));
  });

  test('is a source that is silent, or one with its reasons', () => {
    const sources = [
      source({ health: 'silent' }),
      source({ id: 'source-2', name: 'contoso', health: 'degraded', details: 'minimal' }),
    ];
    const [silent, degraded] = attention({ ...nothing, sources }, NOW);
    expect(silent).toMatchObject({ name: 'acme', since: '2026-02-12T10:00:00Z' });
    expect(degraded?.says).toBe('degraded: its hooks leave out details');
  });

  test('is what is parked, with the reason of the newest', () => {
    const parked = [
      { entry_id: 8, reason: 'the build id is missing', received_at: '2026-02-13T11:00:00Z' },
      { entry_id: 7, reason: null, received_at: '2026-02-13T10:00:00Z' },
    ];
    const [item] = attention({ ...nothing, parked, moreParked: true }, NOW);
    expect(item).toMatchObject({
      name: '2 or more parked events',
      says: 'the newest because the build id is missing',
    });
  });

  test('is what was refused within a day, as one', () => {
    const refusals = [
      refusal({ count: 3 }),
      refusal({ id: 0, at: '2026-02-13T09:00:00Z', count: 2 }),
      refusal({ id: -1, at: '2026-02-11T09:00:00Z', count: 50 }),
    ];
    const items = attention({ ...nothing, refusals }, NOW);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ name: '5 requests refused' });
    expect(items[0]?.says).toContain('the newest from 203.0.113.9: key unknown');
  });

  test('is no more what was refused and then mended', () => {
    const refusals = [refusal({ at: '2026-02-13T10:30:00Z' })];
    const told = (provider: Source['provider'], last_event_at: string) =>
      attention({ ...nothing, refusals, sources: [source({ provider, last_event_at })] }, NOW);
    expect(told('azure_devops', '2026-02-13T11:50:00Z')).toEqual([]);
    expect(told('azure_devops', '2026-02-13T10:20:00Z')).toHaveLength(1);
    expect(told('buildkite', '2026-02-13T11:50:00Z')).toHaveLength(1);
    // Of the last hour it is told whatever came: somebody else may be the one that got through.
    const lately = [refusal({ at: '2026-02-13T11:30:00Z' })];
    const sources = [source({ provider: 'azure_devops', last_event_at: '2026-02-13T11:50:00Z' })];
    expect(attention({ ...nothing, refusals: lately, sources }, NOW)).toHaveLength(1);
  });

  test('is a source for its refusals only until these are mended', () => {
    const sick = source({
      ...{ provider: 'azure_devops', health: 'degraded', refused_24h: 2 },
      last_event_at: '2026-02-13T11:50:00Z',
    });
    const told = (wish: Partial<Refusal>, of: Source = sick) =>
      attention(
        { ...nothing, narrowed: true, refusals: [refusal({ key_id: 1, ...wish })], sources: [of] },
        NOW,
      ).map(({ says }) => says);
    expect(told({})).toEqual(['degraded: 2 requests refused']);
    expect(told({ at: '2026-02-13T10:30:00Z' })).toEqual([]);
    const parked = { ...sick, parked_24h: 1 };
    expect(told({ at: '2026-02-13T10:30:00Z' }, parked)).toEqual(['degraded: 1 event parked']);
  });

  test('is a hook that goes to a mistyped address', () => {
    const refusals = [refusal({ route: 'nowhere', code: 'not_found', key_id: 1 })];
    const [item] = attention({ ...nothing, refusals }, NOW);
    expect(item?.says).toContain('at a mistyped address, the newest from');
  });

  test('of refusals is told as the least it may be, where there are more of the day', () => {
    const refusals = [refusal({ count: 3 }), refusal({ id: 0, at: '2026-02-13T09:00:00Z' })];
    const name = (more: Refusal[]) =>
      attention({ ...nothing, refusals: [...refusals, ...more], moreRefusals: true }, NOW)[0]?.name;
    expect(name([])).toBe('4 or more requests refused');
    expect(name([refusal({ id: -1, at: '2026-02-11T09:00:00Z' })])).toBe('4 requests refused');
  });
});

describe('what is said while nothing needs attention', () => {
  const green = pipeline([build(12, 'success')]);
  const unstable = pipeline([build(12, 'unstable'), build(11, 'success')], 'web');
  const running = pipeline([build(12, null)], 'new');
  const said = (pipelines: Pipeline[], more = false) => calmOf(pipelines, more);

  test('is that all is green, where it is', () => {
    expect(said([green])).toEqual({
      shape: 'passed',
      sentence: 'All default branches are green.',
    });
  });
  test('is no more than is known', () => {
    expect(said([])).toMatchObject({
      shape: 'queued',
      sentence: 'No default branch has a verdict yet.',
    });
    expect(said([running]).shape).toBe('queued');
    expect(said([green, running]).sentence).toBe('All default branches with a verdict are green.');
    expect(said([green], true).sentence).toContain('of the 1 pipelines with the newest');
  });
  test('does not call green what is unstable', () => {
    expect(said([green, unstable])).toEqual({
      shape: 'partial',
      sentence: 'No default branch is broken; 1 is unstable.',
    });
  });
});
