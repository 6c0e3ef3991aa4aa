import { describe, expect, test } from 'vitest';
import { barAt, barsOf, barWords, type StripBar, stripWords, ticksOf } from './strip';

const run = (outcome: StripBar['outcome'], wish: Partial<StripBar> = {}): StripBar => ({
  ...{ outcome, excluded: false, number: 7, label: null },
  ...wish,
});

describe('the strip of a test', () => {
  test('has the newest at the right, and places for runs that are still to come', () => {
    expect(barsOf([run('failed'), run('passed'), run('passed')], 5)).toEqual([
      ['failed', 'M24 22v-22h4v22z'],
      ['passed', 'M18 22v-9h4v9zM12 22v-9h4v9z'],
    ]);
  });
  test('tells what was left out apart, and shows no more than fit', () => {
    const runs = [run('failed', { excluded: true }), run('passed'), run('skipped')];
    expect(barsOf(runs, 2).map(([look]) => look)).toEqual(['excluded', 'passed']);
  });
  test('ticks where the commit changes, as far as commits are known', () => {
    const of = (commit: string | null) => run('passed', { commit });
    expect(ticksOf([of('b'), of('a'), of('a'), of(null), of('z')], 5)).toEqual([23]);
  });
  test('tells the bar under the pointer', () => {
    const runs = [run('failed', { number: 9 }), run('passed', { number: 8 })];
    expect(barAt(runs, 30, 29 * 6 + 2)?.number).toBe(9);
    expect(barAt(runs, 30, 28 * 6)?.number).toBe(8);
    expect(barAt(runs, 30, 3)).toBeUndefined();
    expect(barWords(run('retried', { excluded: true }))).toBe(
      '#7 · passed on retry · excluded: infrastructure',
    );
    expect(barWords(run('passed', { number: null, label: '20260213.4' }))).toBe(
      '20260213.4 · passed',
    );
  });
  test('is told in words', () => {
    expect(stripWords([], 30)).toBe('No runs yet');
    expect(stripWords([run('passed')], 30)).toBe('Last run: 1 passed. Newest passed.');
    expect(stripWords([run('failed'), run('passed'), run('failed', { excluded: true })], 30)).toBe(
      'Last 3 runs: 2 failed, 1 passed. Newest failed. 1 left out: infrastructure.',
    );
  });
});
