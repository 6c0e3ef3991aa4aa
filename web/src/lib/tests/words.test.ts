import { describe, expect, test } from 'vitest';
import {
  changeWords,
  failedWords,
  fullName,
  gistOf,
  outcomeOf,
  placeOf,
  rateWords,
  stackOf,
  testMarkdown,
  totalsWords,
} from './words';

const named = (wish: Partial<Parameters<typeof placeOf>[0]>) => ({
  ...{ suite: null, class: null, name: 'retries', variant: null },
  ...wish,
});

describe('a test', () => {
  test('stands where its suite and class are, each told once', () => {
    expect(placeOf(named({}))).toBe('');
    expect(placeOf(named({ suite: 'unit', class: 'PayTest' }))).toBe('unit › PayTest');
    expect(placeOf(named({ suite: 'PayTest', class: 'PayTest' }))).toBe('PayTest');
    expect(placeOf(named({ suite: 'com.acme', class: 'com.acme.PayTest' }))).toBe(
      'com.acme.PayTest',
    );
    expect(placeOf(named({ suite: 'retries' }))).toBe('');
  });
  test('is found elsewhere by its whole name', () => {
    expect(fullName(named({ class: 'PayTest', suite: 'unit' }))).toBe('PayTest.retries');
    expect(fullName(named({ suite: 'unit' }))).toBe('unit.retries');
    expect(fullName(named({ class: 'PayTest', name: 'PayTest.retries' }))).toBe('PayTest.retries');
  });
  test('that failed before it passed is no plain pass', () => {
    expect(outcomeOf({ status: 'passed', is_retried: true })).toBe('retried');
    expect(outcomeOf({ status: 'failed', is_retried: true })).toBe('failed');
    expect(outcomeOf({ status: 'errored', is_retried: false })).toBe('failed');
    expect(outcomeOf({ status: 'skipped', is_retried: false })).toBe('skipped');
  });
});

test('totals are told in words, without what there is none of', () => {
  const totals = { failed: 2, errored: 0, skipped: 1, passed: 1_637 };
  expect(totalsWords(totals)).toBe('2 failed, 1 skipped, 1,637 passed');
  expect(totalsWords({ ...totals, failed: 0, skipped: 0 })).toBe('1,637 passed');
});

const rate = (failed: number, considered: number, low: number, high: number) => ({
  ...{ failed, considered, low, high, wanted: 20 },
});

test('how often it fails is told with what that is of, and how sure it is', () => {
  expect(failedWords({ failed: 3, runs: 24 })).toBe('3/24 fail');
  expect(failedWords({ failed: 0, runs: 0 })).toBe('no runs');
  expect(rateWords(rate(7, 20, 18.1, 56.7))).toBe('rate 7/20: 18–57 %');
  expect(rateWords(rate(7, 200, 1.71, 7.04))).toBe('rate 7/200: 1.7–7 %');
  expect(rateWords(rate(1, 6, 3, 56))).toBe('rate not known: 6 of 20 runs');
});

test('a change of length is told in itself and as a part', () => {
  expect(changeWords(2_000, 3_000)).toBe('+1.0 s (▲50 %)');
  expect(changeWords(2_000, 1_000)).toBe('−1.0 s (▼50 %)');
  expect(changeWords(2_000, 2_001)).toBe('+1 ms');
  expect(changeWords(20, 20)).toBe('');
  expect(changeWords(0, 10)).toBe('+10 ms');
  expect(changeWords(null, 10)).toBe('');
});

test('the gist of a message is its first line with words, without colours', () => {
  expect(gistOf('\n  \u001b[31mexpected 200\u001b[0m \n at x')).toBe('expected 200');
  expect(gistOf(null)).toBe('');
});

test('a stack does not say the message again', () => {
  expect(stackOf({ message: 'no', stack: 'no\nat x' })).toBe('at x');
  expect(stackOf({ message: 'no', stack: 'no' })).toBeNull();
  expect(stackOf({ message: 'no at x:1', stack: 'no at x:1:\nleft: 1' })).toBe('left: 1');
  expect(stackOf({ message: 'no', stack: 'no: at x' })).toBe(': at x');
  expect(stackOf({ message: null, stack: 'at x' })).toBe('at x');
});

test('Markdown of a test has what it said, in a fence, without colours', () => {
  const failed = { ...named({ class: 'P[1]' }), message: '\u001b[31mno\u001b[0m', stack: 'at x' };
  expect(testMarkdown(failed, 'http://x/')).toBe(
    '[P\\[1\\].retries](http://x/)\n\n```text\nno\nat x\n```\n',
  );
  expect(testMarkdown(named({ variant: 'mac' }), 'http://x/')).toBe('[retries (mac)](http://x/)');
});
