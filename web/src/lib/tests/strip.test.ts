import { describe, expect, test } from 'vitest';
import { type StripRun, stripOfRuns } from './strip';

const run = (outcome: StripRun['outcome'], wish: Partial<StripRun> = {}): StripRun => ({
  ...{ outcome, excluded: false, number: 7, label: null },
  ...wish,
});

describe('the strip of a test', () => {
  test('tells outcomes apart by height, and what was left out by its look', () => {
    const { bars } = stripOfRuns([
      run('failed', { excluded: true }),
      run('failed'),
      run('retried'),
      run('passed'),
      run('skipped'),
    ]);
    expect(bars.map(({ look }) => look)).toEqual([
      ...['excluded', 'failed', 'flaky', 'passed', 'stopped'],
    ]);
    expect(bars.map(({ tall }) => tall)).toEqual([24, 24, 16, 9, 3]);
  });
  test('ticks where the commit changes, as far as commits are known', () => {
    const of = (commit: string | null) => run('passed', { commit });
    const { bars } = stripOfRuns([of('b'), of('a'), of('a'), of(null), of('z')]);
    expect(bars.map(({ tick }) => tick)).toEqual([true, false, false, false, false]);
  });
  test('tells each bar in words', () => {
    const { bars } = stripOfRuns([
      run('failed', { number: 9 }),
      run('retried', { excluded: true }),
      run('passed', { number: null, label: '20260213.4' }),
    ]);
    expect(bars[0]?.tip).toBe('#9 · failed');
    expect(bars[1]?.tip).toBe('#7 · passed on retry · excluded: infrastructure');
    expect(bars[2]?.tip).toBe('20260213.4 · passed');
  });
  test('is told in words, of what is shown of it', () => {
    const says = (runs: StripRun[], width?: number) => stripOfRuns(runs, width).says;
    expect(says([])).toBe('No runs yet');
    expect(says([run('passed')])).toBe('Last run: 1 passed. Newest passed.');
    expect(says([run('failed'), run('passed'), run('failed', { excluded: true })])).toBe(
      'Last 3 runs: 2 failed, 1 passed. Newest failed. 1 left out: infrastructure.',
    );
    expect(says([run('passed'), run('passed'), run('failed')], 2)).toBe(
      'Last 2 runs: 2 passed. Newest passed.',
    );
  });
});
