import { expect, test } from 'vitest';
import { whoOf } from './who';

test('who did it is a name, else where it was done', () => {
  expect(whoOf({ kind: 'person', name: 'Ada' })).toBe('Ada');
  expect(whoOf({ kind: 'owner', name: null })).toBe('On the server');
  expect(whoOf({ kind: 'another', name: null })).toBe('another');
});
