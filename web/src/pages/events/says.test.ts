import { expect, test } from 'vitest';
import { lineOf, membersOf } from './says';

test('an object is told by its members, without those that are not known', () => {
  expect(membersOf({ result: 'failure', raw: 'failed', target: null })).toEqual([
    ['result', 'failure'],
    ['raw', 'failed'],
  ]);
  expect([['a'], 'a', null].map(membersOf)).toEqual([[['', ['a']]], [['', 'a']], [['', null]]]);
});

test('everything else fits in a line', () => {
  expect([7, true, null, ['a', 'b'], [], { key: 'x', attempt: 1 }].map(lineOf)).toEqual([
    ...['7', 'yes', '—', 'a, b', 'none', 'x · 1'],
  ]);
});
