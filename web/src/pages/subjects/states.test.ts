import { expect, test } from 'vitest';
import { stateGroups } from './states';

test('states stand among those of their kind', () => {
  const groups = stateGroups(['release', 'repository'], [{ kind: 'release', state: 'draft' }]);
  expect(groups).toEqual([
    { kind: 'release', states: ['active', 'abandoned', 'draft'] },
    { kind: 'repository', states: ['active', 'disabled', 'deleted'] },
  ]);
});

test('a word in another case is the same, written as the project does', () => {
  const [items] = stateGroups(
    ['work_item'],
    [
      { kind: 'work_item', state: 'ACTIVE' },
      { kind: 'work_item', state: 'To Do' },
      { kind: 'work_item', state: null },
      { kind: 'repository', state: 'active' },
    ],
  );
  expect(items?.states).toEqual(['New', 'ACTIVE', 'Resolved', 'Closed', 'deleted', 'To Do']);
});
