import { describe, expect, test } from 'vitest';
import { buildOf } from '$lib/builds/build.fixture';
import { deltasOf, endOf, firstOf } from './differences';

const NONE = { regressions: 0, fixed: 0, new: 0, gone: 0, flaky: 0, other: 0 };
const tests = (total: number, failed: number, errored = 0) => ({
  ...{ total, failed, errored, skipped: 0, passed: total - failed - errored },
});

describe('two builds', () => {
  test('are compared figure by figure, and what got worse is told apart', () => {
    const base = buildOf('a', { duration_ms: 60_000, queue_ms: 0, tests: tests(640, 0) });
    const head = buildOf('b', { duration_ms: 90_000, queue_ms: 0, tests: tests(643, 2, 1) });
    expect(deltasOf(base, head)).toEqual([
      {
        ...{ label: 'Took', base: '1 m 00 s', head: '1 m 30 s', worse: true },
        change: '+30 s (▲50 %)',
      },
      { label: 'Waited', base: '0 ms', head: '0 ms', change: '', worse: false },
      { label: 'Tests', base: '640', head: '643', change: '+3', worse: false },
      { label: 'Failed', base: '0', head: '3', change: '+3', worse: true },
      { label: 'Passed', base: '640', head: '640', change: '', worse: false },
      { label: 'Skipped', base: '0', head: '0', change: '', worse: false },
    ]);
  });
  test('of which one published no tests are not said to have none', () => {
    const [, , total] = deltasOf(buildOf('a'), buildOf('b', { tests: tests(3, 0) }));
    expect(total).toMatchObject({ base: '—', head: '3', change: '' });
    const [one, other] = [buildOf('a'), buildOf('b', { queue_ms: null, duration_ms: null })];
    expect(deltasOf(other, other)).toEqual([]);
    expect(deltasOf(one, other).some(({ label }) => label === 'Tests')).toBe(false);
  });
});

test('the first list that has anything is shown first', () => {
  expect(firstOf({ ...NONE, new: 3, fixed: 1 })).toBe('fixed');
  expect(firstOf(NONE)).toBe('regressions');
});

test('what passed only on retry is told as that', () => {
  const result = { outcome: 'retried', status: 'passed', duration_ms: 1 } as const;
  expect(endOf(result).label).toBe('Passed on retry');
  expect(endOf({ ...result, outcome: 'failed', status: 'errored' }).label).toBe('Errored');
  expect(endOf(null)).toEqual({ label: 'Not there', shape: null });
});
