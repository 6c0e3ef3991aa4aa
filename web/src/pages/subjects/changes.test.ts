import { expect, test } from 'vitest';
import { branchOf, changes, dayOf, happenedAt, saidOf, textOf } from './changes';

const key = 'azure_devops:guid:work_item:19640';

test('what an event says of a subject is put together from its facts', () => {
  const facts = [
    { about: key, provider_at: null, says: { state: 'Closed', title: 'Split' } },
    { about: key, provider_at: null, says: { from: 'New', to: 'Closed' } },
    { about: 'build:other', provider_at: null, says: { state: 'running' } },
  ];
  expect(saidOf({ facts }, key)).toEqual({
    state: 'Closed',
    title: 'Split',
    from: 'New',
    to: 'Closed',
  });
});

test('a state that the provider tells of both ways is told once', () => {
  expect(changes({ state: 'Closed', from: 'New', to: 'Closed' }, { state: 'Active' })).toEqual([
    { name: 'State', from: 'New', to: 'Closed' },
  ]);
});

test('what the event before said otherwise has changed', () => {
  expect(
    changes(
      { state: 'merged', title: 'Two', url: 'https://b', revision: 2 },
      { state: 'open', title: 'One', url: 'https://a', revision: 1 },
    ),
  ).toEqual([
    { name: 'State', from: 'open', to: 'merged' },
    { name: 'Title', from: 'One', to: 'Two' },
  ]);
  expect(changes({ state: 'open' }, { state: 'open' })).toEqual([]);
});

test('of the first event nothing is a change', () => {
  expect(changes({ state: 'open', title: 'One' }, null)).toEqual([]);
  expect(changes({ state: 'open' }, {})).toEqual([]);
});

test('the text of the provider comes without its address', () => {
  expect(
    textOf({ message: { text: 'Ada closed #7\r\n(https://dev.azure.com/contoso/7)\r\nmore' } }),
  ).toBe('Ada closed #7');
  expect(textOf({ message: { text: 'https://dev.azure.com/contoso' } })).toBeNull();
  expect(textOf('hello')).toBeNull();
  expect(textOf(null)).toBeNull();
});

test('a branch is found where Azure DevOps puts it', () => {
  expect(branchOf({ resource: { sourceRefName: 'refs/heads/feature/x' } })).toBe('feature/x');
  expect(branchOf({ resource: { pullRequest: { sourceRefName: 'refs/heads/y' } } })).toBe('y');
  expect(branchOf({})).toBeNull();
  expect(branchOf('hello')).toBeNull();
});

test('an event belongs to the day it happened on, not to the one it came on', () => {
  const late = { received_at: '2026-02-14T08:00:00Z', delay_ms: 9 * 3_600_000 };
  expect(dayOf(happenedAt(late), 'utc')).toBe('Friday, 13 February 2026');
  expect(dayOf(happenedAt({ ...late, delay_ms: null }), 'utc')).toBe('Saturday, 14 February 2026');
});
