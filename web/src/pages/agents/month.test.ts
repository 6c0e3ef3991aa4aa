import { describe, expect, test } from 'vitest';
import { dayInWords, daysOf, saidOf } from './month';
import { BEGIN, runOf } from './run.fixture';

const HOUR = 3_600;
const NOW = BEGIN + 30 * 24 * HOUR * 1_000;
const failed = { result: 'failure' } as const;

describe('thirty days of an agent', () => {
  const days = daysOf(
    [
      runOf('a', 2 * HOUR, 3 * HOUR),
      runOf('a', 30 * 24 * HOUR - 60, null),
      runOf('a', 29 * 24 * HOUR + HOUR, 29 * 24 * HOUR + 2 * HOUR, failed),
      // Told of by two windows.
      runOf('a', 2 * HOUR, 3 * HOUR),
      // Longer ago.
      runOf('a', -HOUR, HOUR, failed),
    ],
    NOW,
  );
  test('are counted back from now, a job in the day it began, once', () => {
    expect(days).toHaveLength(30);
    expect(days[0]).toEqual({ ago: 29, jobs: 1, failed: 0 });
    expect(days[29]).toEqual({ ago: 0, jobs: 2, failed: 1 });
  });
  test('are said in words', () => {
    expect(saidOf(days)).toBe('3 jobs in 30 days, 1 failed');
    expect(dayInWords({ ago: 0, jobs: 2, failed: 1 })).toBe('Last 24 hours: 2 jobs, 1 failed');
    expect(dayInWords({ ago: 1, jobs: 1, failed: 0 })).toBe('A day ago: 1 job, 0 failed');
    expect(dayInWords({ ago: 3, jobs: 0, failed: 0 })).toBe('3 days ago: no jobs');
  });
});
