import { describe, expect, test } from 'vitest';
import { brokenSince, changeOf, median, type Past, successRate, usualMs } from './history';

let numbers = 0;
const build = (result: Past['result'], minutes: number | null = 6): Past => ({
  id: String(++numbers),
  number: numbers,
  state: result === null ? 'running' : 'finished',
  result,
  duration_ms: minutes === null ? null : minutes * 60_000,
});
const minutes = (count: number) => count * 60_000;

describe('how long a build usually takes', () => {
  test('is the median of the green ones', () => {
    const builds = [
      build('success', 5),
      build('failure', 90),
      build('success', 7),
      build('success', 6),
    ];
    expect(usualMs(builds)).toBe(minutes(6));
  });
  test('is not known before three have passed', () => {
    expect(usualMs([build('failure'), build(null, null)])).toBeNull();
    expect(usualMs([build('success', 5), build('success', 5)])).toBeNull();
    expect(median([])).toBeNull();
  });
  test('follows a change: builds of long ago count no more', () => {
    const now = Array.from({ length: 15 }, () => build('success', 4));
    const ago = Array.from({ length: 15 }, () => build('success', 20));
    expect(usualMs([...now, ...ago])).toBe(minutes(4));
  });
});

describe('a change of the length', () => {
  test('compares the newest five green builds with those before', () => {
    const now = Array.from({ length: 5 }, () => build('success', 8));
    const before = Array.from({ length: 5 }, () => build('success', 6));
    const change = changeOf([build('failure', 99), ...now, ...before]);
    expect(change).toMatchObject({ before: minutes(6), now: minutes(8) });
    expect(change?.ratio).toBeCloseTo(1 / 3);
  });
  test('is not told from too few builds', () => {
    expect(changeOf(Array.from({ length: 9 }, () => build('success')))).toBeNull();
  });
});

describe('the success rate', () => {
  test('leaves out what was canceled, skipped or is not over', () => {
    const builds = ['success', 'failure', 'unstable', 'success', 'aborted', 'skipped', null];
    expect(successRate(builds.map((result) => build(result as Past['result'])))).toEqual({
      rate: 0.5,
      of: 4,
    });
    expect(successRate([build('aborted')])).toBeNull();
  });
});

describe('a broken branch', () => {
  test('is broken since the first failure after the last build that passed', () => {
    const [running, latest, canceled, first, passed] = [
      build(null),
      build('failure'),
      build('aborted'),
      build('failure'),
      build('success'),
    ];
    const broken = brokenSince([running, latest, canceled, first, passed, build('failure')]);
    expect(broken).toEqual({ first, latest, failures: 2, since: null, atLeast: false });
  });
  test('is broken since the first failure that was known, though a later build failed sooner', () => {
    const at = (finished_at: string) => ({ ...build('failure'), finished_at });
    const [sooner, later] = ['2026-02-13T10:01:00Z', '2026-02-13T10:04:00Z'];
    const broken = brokenSince([at(sooner), at(later), build('success')]);
    expect(broken).toMatchObject({ since: sooner, failures: 2 });
  });
  test('may be broken for longer than is known', () => {
    expect(brokenSince([build('failure'), build('failure')])).toMatchObject({
      failures: 2,
      atLeast: true,
    });
  });
  test('is mended by a build that passes, also an unstable one', () => {
    expect(brokenSince([build('success'), build('failure')])).toBeNull();
    expect(brokenSince([build('unstable'), build('failure')])).toBeNull();
    expect(brokenSince([])).toBeNull();
  });
});
