import { describe, expect, test } from 'vitest';
import type { Agent } from '$lib/api/types';
import { blockAt, blocksOf, busyPart, inOrder, jobName, lifts, matches } from './lanes';
import { BEGIN, runOf as run } from './run.fixture';

const window = { from: BEGIN, to: BEGIN + 100_000 };
const agent = (name: string, wish: Partial<Agent> = {}): Agent => ({
  id: name,
  source_id: 's',
  provider: 'azure_devops',
  name,
  pool: 'linux',
  version: null,
  os: null,
  hostname: null,
  labels: [],
  url: null,
  state: 'online',
  is_enabled: true,
  told_by: 'api',
  connected_at: null,
  last_seen_at: null,
  job: null,
  jobs_24h: 0,
  failures_24h: 0,
  ...wish,
});

describe('the jobs of an agent', () => {
  const blocks = blocksOf(
    [run('a', 50, null), run('a', -20, 10), run('b', 200, 210), run('a', 30, 40)],
    window,
  );
  test('are blocks within the window, in order; what goes on reaches to its end', () => {
    expect(blocks.get('a')?.map(({ from, to }) => [from - BEGIN, to - BEGIN])).toEqual([
      [0, 10_000],
      [30_000, 40_000],
      [50_000, 100_000],
    ]);
    expect(blocks.get('b')).toBeUndefined();
  });
  test('beside each other count once', () => {
    const twice = blocksOf([run('a', 0, 50), run('a', 20, 40), run('a', 40, 60)], window);
    expect(busyPart(twice.get('a') ?? [], window)).toBeCloseTo(0.6);
  });
  test('are found at a time, short ones also close by', () => {
    const mine = blocks.get('a') ?? [];
    expect(blockAt(mine, BEGIN + 35_000, 500)?.from).toBe(BEGIN + 30_000);
    expect(blockAt(mine, BEGIN + 41_000, 2_000)?.from).toBe(BEGIN + 30_000);
    expect(blockAt(mine, BEGIN + 45_000, 2_000)).toBeNull();
  });
});

test('a job is called by its pipeline and its name, without the codes of emoji', () => {
  const name = (pipeline: string | null, job: string | null) =>
    jobName(run('a', 0, 1, { pipeline, name: job }));
  expect(name('storefront', ':package: Build')).toBe('storefront / Build');
  expect(name('storefront', null)).toBe('storefront');
  expect(name(null, null)).toBe('a job');
});

describe('agents', () => {
  const list = [
    agent('vm-10'),
    agent('vm-9', { state: 'lost', failures_24h: 3 }),
    agent('mac', { pool: 'apple', os: 'macOS' }),
  ];
  const names = (order: 'name' | 'state' | 'failures') =>
    inOrder(list, order).map(({ name }) => name);
  test('stand by pool and name, or what needs somebody first', () => {
    expect(names('name')).toEqual(['mac', 'vm-9', 'vm-10']);
    const nowhere = agent('away', { pool: null });
    expect(inOrder([nowhere, ...list], 'name').at(-1)).toBe(nowhere);
    expect(names('state')).toEqual(['vm-9', 'mac', 'vm-10']);
    expect(names('failures')[0]).toBe('vm-9');
  });
  test('are found by any of their words, in one pool or all', () => {
    const found = (q: string, pool = '') =>
      list.filter((one) => matches(one, q, pool)).map(({ name }) => name);
    expect(found('MACOS')).toEqual(['mac']);
    expect(found('', 'linux')).toEqual(['vm-10', 'vm-9']);
    expect(found('mac', 'linux')).toEqual([]);
  });
  test('stand out when jobs fail there twice as often as in their pool', () => {
    const pool = [
      agent('a', { jobs_24h: 50, failures_24h: 1 }),
      agent('b', { jobs_24h: 50, failures_24h: 9 }),
      agent('c', { jobs_24h: 50, failures_24h: 0 }),
      agent('few', { jobs_24h: 2, failures_24h: 2 }),
      agent('elsewhere', { pool: 'apple', jobs_24h: 20, failures_24h: 20 }),
    ];
    expect([...lifts(pool)].map(([id, lift]) => [id, Math.round(lift * 10) / 10])).toEqual([
      ['b', 2.3],
    ]);
    expect(lifts([agent('a', { jobs_24h: 20 })]).size).toBe(0);
  });
});
