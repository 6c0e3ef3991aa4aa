import { describe, expect, test } from 'vitest';
import type { TestRun } from '$lib/api/types';
import { ceilingOf, HEIGHT, LEFT, nearest, quantile, scatterOf } from './scatter';

const WIDTH = 720;
const run = (duration_ms: number | null, outcome: TestRun['outcome'] = 'passed'): TestRun => ({
  build: {
    ...{ id: 'b', number: 1, label: null, branch: 'main', commit: null, result: 'success' },
    ...{ started_at: null, at: '2026-02-13T10:00:00Z', pull_request: null, state: 'finished' },
  },
  ...{ status: 'passed', outcome, duration_ms, attempt: 1, agent: null, job: null },
  ...{ id: 'r', message: null, stack: null, is_counted: true },
  ...{ excluded: false, excluded_because: null },
});

describe('the lengths of runs', () => {
  test('are points from the oldest to the newest, below a plain figure', () => {
    const { points, marks } = scatterOf([run(1_800), run(300), run(900)], WIDTH);
    expect(points.map(({ x }) => Math.round(x))).toEqual([LEFT, 386, WIDTH - 12]);
    expect(points.map(({ run: { duration_ms } }) => duration_ms)).toEqual([900, 300, 1_800]);
    expect(marks.map(({ label }) => label)).toEqual(['0 ms', '1.0 s', '2.0 s']);
    expect(points.every(({ y }) => y >= 12 && y <= HEIGHT - 22)).toBe(true);
  });
  test('leave out what was skipped or told none', () => {
    expect(scatterOf([run(null), run(5, 'skipped'), run(5)], WIDTH).points).toHaveLength(1);
    const none = scatterOf([], WIDTH);
    expect([none.points, none.median, none.says]).toEqual([
      [],
      null,
      'No run told how long it took',
    ]);
  });
  test('are told in words', () => {
    const runs = [run(100), run(200, 'failed'), run(300, 'retried'), run(4_000)];
    expect(scatterOf(runs, WIDTH).says).toBe(
      '4 runs, from 100 ms to 4.0 s, median 200 ms, p95 4.0 s, 1 failed, 1 passed on retry',
    );
  });
});

test('the axis ends at 1, 2 or 5 of a power of ten', () => {
  expect([0, 0.4, 1, 3, 7, 1_001, 5_000].map(ceilingOf)).toEqual([1, 0.5, 1, 5, 10, 2_000, 5_000]);
});

test('a quantile is one of the values', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([7], 0.95)).toBe(7);
  expect(quantile([], 0.5)).toBeNull();
});

test('the point under the pointer is the nearest, if any is near', () => {
  const { points } = scatterOf([run(1_000), run(10)], WIDTH);
  const [first] = points;
  expect(nearest(points, (first?.x ?? 0) + 5, first?.y ?? 0)).toBe(first);
  expect(nearest(points, 386, 90)).toBeNull();
});
