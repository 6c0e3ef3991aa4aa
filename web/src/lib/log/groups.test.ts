import { describe, expect, test } from 'vitest';
import type { LogGroup } from '$lib/api/types';
import { Groups } from './groups';

const group = (start: number, end: number, level = 0, is_open = false): LogGroup => ({
  start,
  end,
  title: `from ${start}`,
  level,
  is_open,
  started_at: null,
  duration_ms: null,
});
const groups = new Groups([group(1, 10), group(3, 6, 1), group(8, 9, 1), group(20, 30)]);
const starts = (list: Iterable<LogGroup>) => [...list].map(({ start }) => start);

describe('groups', () => {
  test('tell what a line is in, the outermost first', () => {
    expect(starts(groups.around(4))).toEqual([1, 3]);
    expect(starts(groups.around(7))).toEqual([1]);
    expect(starts(groups.around(9))).toEqual([1, 8]);
    expect(starts(groups.around(15))).toEqual([]);
    expect(starts(groups.around(30))).toEqual([20]);
  });
  test('that are folded keep their first line', () => {
    expect(groups.hiddenBy(new Set([3, 20]))).toEqual([
      { from: 4, to: 6 },
      { from: 21, to: 30 },
    ]);
    expect(new Groups([group(5, 5)]).hiddenBy(new Set([5]))).toEqual([]);
  });
  test('are folded but for those around a line and near it, and those meant to be open', () => {
    expect([...groups.allBut(9, 0)]).toEqual([3, 20]);
    expect([...groups.allBut(9, 5)]).toEqual([20]);
    expect([...new Groups([group(1, 2), group(5, 6, 0, true)]).allBut(50, 5)]).toEqual([1]);
  });
  test('open for a line that somebody goes to', () => {
    expect([...groups.withOpen(new Set([1, 3, 20]), 4)]).toEqual([20]);
    const same = new Set([20]);
    expect(groups.withOpen(same, 4)).toBe(same);
    // Its own first line is in sight as it is.
    expect([...groups.withOpen(new Set([1]), 1)]).toEqual([1]);
  });
});
