import { expect, test } from 'vitest';
import { locate } from './locate';

const body = {
  resource: {
    id: 'abc',
    fields: { 'System.Title': 'Split', System: 1 },
    stages: [{ name: 'Test' }],
  },
};

test('a path leads to its place', () => {
  expect(locate(body, 'resource.id')).toEqual({ keys: ['resource', 'id'], missing: null });
  expect(locate(body, 'resource.stages[0].name')).toEqual({
    keys: ['resource', 'stages', 0, 'name'],
    missing: null,
  });
});

test('a name that holds a dot is one name', () => {
  expect(locate(body, 'resource.fields.System.Title').keys).toEqual([
    'resource',
    'fields',
    'System.Title',
  ]);
});

test('what is missing is told apart from what is there', () => {
  expect(locate(body, 'eventType')).toEqual({ keys: [], missing: 'eventType' });
  expect(locate(body, 'resource.definition.name')).toEqual({
    keys: ['resource'],
    missing: 'definition.name',
  });
  expect(locate(body, 'resource.stages[3].name').missing).toBe('[3].name');
});

test('a point alone is the whole body', () => {
  expect(locate(body, '.')).toEqual({ keys: [], missing: null });
});
