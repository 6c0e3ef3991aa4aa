import { describe, expect, test } from 'vitest';
import { changed, isSame, isSound, MONITORS, patternsOf, valueAt, wrongWith } from './monitors';
import { MONITORS_SET } from './monitors.fixture';

describe('the form of the monitors', () => {
  test('has a field for every setting there is, and none for one there is not', () => {
    const paths = (tree: object, before = ''): string[] =>
      Object.entries(tree).flatMap(([name, value]) =>
        value !== null && typeof value === 'object' && !Array.isArray(value)
          ? paths(value, `${before}${name}.`)
          : [`${before}${name}`],
      );
    const fields = MONITORS.flatMap(({ key, alarm, recover, scope }) => [
      `${key}.on`,
      ...[...alarm, ...recover, ...scope].map(({ path }) => `${key}.${path}`),
    ]);
    expect(fields.toSorted()).toEqual(paths(MONITORS_SET).toSorted());
  });
  test('changes one setting, and leaves what it was given as it is', () => {
    const next = changed(MONITORS_SET, 'flips', 'alarm.percent', 20);
    expect(valueAt(next, 'flips', 'alarm.percent')).toBe(20);
    expect(valueAt(next, 'flips', 'alarm.min_runs')).toBe(10);
    expect(valueAt(MONITORS_SET, 'flips', 'alarm.percent')).toBe(13);
    expect(isSame(next, MONITORS_SET)).toBe(false);
    expect(isSame(changed(next, 'flips', 'alarm.percent', 13), MONITORS_SET)).toBe(true);
  });
  test('tells what cannot be, before anybody is asked', () => {
    expect(isSound(MONITORS_SET)).toBe(true);
    expect(isSound(changed(MONITORS_SET, 'flips', 'alarm.percent', 101))).toBe(false);
    expect(isSound(changed(MONITORS_SET, 'flips', 'alarm.min_runs', null))).toBe(false);
    expect(isSound(changed(MONITORS_SET, 'flips', 'alarm.min_runs', 2.5))).toBe(false);
    expect(isSound(changed(MONITORS_SET, 'flips', 'branches', []))).toBe(false);
    expect(isSound(changed(MONITORS_SET, 'failures', 'alarm.below_percent', null))).toBe(true);
    const [events] = MONITORS[0]?.alarm ?? [];
    expect(events && wrongWith(events, 0)).toBe('From 1 to 500.');
  });
  test('takes patterns with commas or spaces between', () => {
    expect(patternsOf(' main, release/*  !release/old,')).toEqual([
      'main',
      'release/*',
      '!release/old',
    ]);
    expect(patternsOf(' ')).toEqual([]);
  });
  test('knows settings by what they say, whatever the order of their names', () => {
    const { flips, ...rest } = MONITORS_SET;
    expect(isSame({ flips, ...rest }, MONITORS_SET)).toBe(true);
  });
});
