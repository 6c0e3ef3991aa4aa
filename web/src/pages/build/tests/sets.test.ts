import { describe, expect, test } from 'vitest';
import type { TestSet } from '$lib/api/types';
import { damagedOf, filesOf, isBroken, jobsOf, setName, troublesOf } from './sets';

const setOf = (wish: Partial<TestSet>): TestSet => ({
  ...{ id: 's', origin: 'report', name: null, job: null, attempt: 1, variant: null, agent: null },
  ...{ at: '2026-02-13T10:00:00Z', is_counted: true, files: [], duration_ms: null, retried: 0 },
  ...{ total: 1, passed: 1, failed: 0, errored: 0, skipped: 0 },
  ...wish,
});
const whole = { file: 'a.xml', format: 'junit', total: 1, error: null, cut: null };

describe('the test sets of a build', () => {
  test('are called by their names, else by the jobs that wrote them', () => {
    expect(setName(setOf({ name: 'unit', job: 'linux' }))).toBe('unit');
    expect(setName(setOf({ job: 'linux' }))).toBe('linux');
    expect(setName(setOf({ origin: 'api' }))).toBe('Provider');
    expect(setName(setOf({ origin: 'of a newer server' }))).toBe('Unnamed');
  });

  test('name the jobs that wrote them, each once', () => {
    const sets = [setOf({ job: 'mac' }), setOf({ job: 'linux' }), setOf({ job: 'mac' }), setOf({})];
    expect(jobsOf(sets)).toEqual(['linux', 'mac']);
  });

  test('say of each file where it is not whole', () => {
    const error = 'line 12, column 7: the element is not closed';
    const set = setOf({
      files: [whole, { ...whole, error }, { total: 3, cut: 'only the first 10 were kept' }],
    });
    expect(troublesOf(set)).toEqual([
      'a.xml: Line 12, column 7: the element is not closed.',
      'Only the first 10 were kept.',
    ]);
    expect(filesOf(set)[2]).toMatchObject({ file: null, format: null, total: 3, error: null });
  });

  test('are not named twice where a suite is called as its set', () => {
    const cut = 'its numbers were told, and no tests';
    const set = setOf({ name: 'unit', files: [{ ...whole, file: 'unit', cut }] });
    expect(troublesOf(set)).toEqual(['Its numbers were told, and no tests.']);
  });

  test('are broken where reading ended early, not where something was left out', () => {
    expect(isBroken(setOf({ files: [whole, { ...whole, error: 'not closed' }] }))).toBe(true);
    expect(isBroken(setOf({ files: [{ ...whole, cut: 'only the first were kept' }] }))).toBe(false);
  });

  test('are damaged where what counts is not whole', () => {
    const broken = setOf({ files: [{ ...whole, error: 'not closed' }], is_counted: false });
    expect(damagedOf([broken, setOf({ files: [whole] })])).toEqual([]);
    expect(damagedOf([broken])).toEqual([broken]);
    const cut = setOf({ files: [{ ...whole, cut: 'only the first were kept' }] });
    expect(damagedOf([cut, broken])).toEqual([cut]);
  });
});
