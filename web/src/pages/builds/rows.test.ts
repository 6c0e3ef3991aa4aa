import { describe, expect, test } from 'vitest';
import type { Build } from '$lib/api/types';
import { buildOf as build } from '$lib/builds/build.fixture';
import { groupsOf, linesOf, scaleOf, step } from './rows';

describe('groups', () => {
  test('by commit bring the builds of two providers together', () => {
    const builds = [
      build('1', { commit: 'aaa' }),
      build('2', { commit: 'bbb' }),
      build('3', { commit: 'aaa', provider: 'buildkite' }),
      build('4'),
      build('5'),
    ];
    const ids = groupsOf(builds, 'commit').map((group) => group.builds.map(({ id }) => id));
    expect(ids).toEqual([['1', '3'], ['2'], ['4'], ['5']]);
  });
  test('by pipeline keep namesakes of other projects apart', () => {
    expect(groupsOf([build('1'), build('2', { project: 'Old' })], 'pipeline')).toHaveLength(2);
  });
  test('stand above their builds', () => {
    const lines = linesOf([build('1'), build('2')], 'pipeline');
    expect(lines.map((line) => line.build?.id ?? 'heading')).toEqual(['heading', '1', '2']);
  });
});

describe('steps through the list', () => {
  const lines = linesOf(
    [build('1'), build('2', { result: 'failure' }), build('3'), build('4', { result: 'failure' })],
    'pipeline',
  );
  const failed = (one: Build) => one.result === 'failure';

  test('begin at the first', () => {
    expect(step(lines, null, 1)?.id).toBe('1');
  });
  test('go on from where one is, over headings', () => {
    expect(step(lines, '1', 1)?.id).toBe('2');
    expect(step(lines, '3', -1)?.id).toBe('2');
    expect(step(lines, '4', 1)).toBeNull();
  });
  test('lead to the next failure', () => {
    expect(step(lines, null, 1, failed)?.id).toBe('2');
    expect(step(lines, '2', 1, failed)?.id).toBe('4');
    expect(step(lines, '4', -1, failed)?.id).toBe('2');
  });
});

describe('the shared scale', () => {
  test('is not set by the longest quarter', () => {
    const day = Array.from({ length: 20 }, (_, at) =>
      build(String(at), { duration_ms: 300_000, queue_ms: 20_000 }),
    );
    expect(scaleOf([...day, build('night', { duration_ms: 9_000_000 })])).toBe(320_000);
  });
  test('is a minute at least', () => {
    expect(scaleOf([])).toBe(60_000);
  });
});
