import { describe, expect, test } from 'vitest';
import { stripOfBuilds } from './strip';

const MINUTE = 60_000;
const build = (result: string | null, minutes: number | null, number: number | null = null) => ({
  ...{ state: result ? 'finished' : 'running', result, number },
  duration_ms: minutes === null ? null : minutes * MINUTE,
});

describe('the strip of builds', () => {
  test('is as high as they took, and coloured by how they ended', () => {
    const { bars } = stripOfBuilds([
      build('failure', 6),
      build('success', 3),
      build('success', 0),
      build(null, null),
    ]);
    expect(bars.map(({ look }) => look)).toEqual(['failed', 'passed', 'passed', 'running']);
    expect(bars.map(({ tall }) => tall)).toEqual([24, 13.5, 3, 3]);
  });
  test('is not made nothing of by one that waited for a day', () => {
    const day = build('success', 24 * 60);
    const { bars } = stripOfBuilds([day, build('success', 2), build('success', 2)]);
    expect(bars.map(({ tall }) => tall)).toEqual([24, 10, 10]);
  });
  test('is told in words, as each of its bars is', () => {
    const { says, bars } = stripOfBuilds([
      build('failure', 6, 12),
      build('success', 3, 11),
      build('success', null),
    ]);
    expect(says).toBe('Last 3: 2 passed, 1 failed. Newest failed.');
    expect(bars[0]?.tip).toBe('#12 · Failed · 6 m 00 s');
    expect(bars[2]?.tip).toBe('Passed');
    expect(stripOfBuilds([]).says).toBe('No builds yet');
  });
});
