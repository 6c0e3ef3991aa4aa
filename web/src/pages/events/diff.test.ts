import { expect, test } from 'vitest';
import { diff, same, shown } from './diff';

const paths = (before: Parameters<typeof diff>[0], after: Parameters<typeof diff>[1]) =>
  diff(before, after).changes.map(({ kind, path }) => `${kind} ${path}`);

test('what was added, removed and changed is told with its path', () => {
  expect(
    diff(
      { id: 7, resource: { state: 'Active', rev: 1, old: true } },
      { id: 7, resource: { state: 'Closed', rev: 1, by: { name: 'Ada' } } },
    ).changes,
  ).toEqual([
    { path: 'resource.state', kind: 'changed', before: 'Active', after: 'Closed' },
    { path: 'resource.by', kind: 'added', after: { name: 'Ada' } },
    { path: 'resource.old', kind: 'removed', before: true },
  ]);
});

test('bodies that say the same have no changes, whatever the order of their names', () => {
  expect(paths({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toEqual([]);
});

test('an item put in front of a list is one added item', () => {
  expect(paths({ jobs: ['b', 'c'] }, { jobs: ['a', 'b', 'c'] })).toEqual(['added jobs[0]']);
  expect(paths({ jobs: ['a', 'b', 'c'] }, { jobs: ['a', 'c'] })).toEqual(['removed jobs[1]']);
});

test('another type is a change, not a walk into it', () => {
  expect(paths({ id: { value: 1 } }, { id: [1] })).toEqual(['changed id']);
  expect(paths({ id: null }, { id: {} })).toEqual(['changed id']);
  expect(paths('text', { id: 1 })).toEqual(['changed ']);
});

test('a name that every object knows is a name like others', () => {
  expect(paths({}, { constructor: 1, toString: 2 })).toEqual([
    'added constructor',
    'added toString',
  ]);
  expect(same({ a: undefined as never }, { constructor: 1 } as never)).toBe(false);
});

test('the list ends at its bound and says so', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, index]));
  const { changes, more } = diff({}, many, 5);
  expect([changes.length, more]).toEqual([5, true]);
});

test('a long value ends early', () => {
  expect(shown('x'.repeat(300), 10)).toBe('"xxxxxxxxx…');
  expect(shown(undefined)).toBe('');
});
