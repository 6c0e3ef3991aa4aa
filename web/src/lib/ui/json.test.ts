import { expect, test } from 'vitest';
import { HITS_MAX, partsOf, pathOf, search, sizeOf, type Json } from './json';

const body: Json = {
  eventType: 'build.complete',
  resource: { definition: { name: 'shop-ci' }, stages: [{ name: 'Test' }], 'odd key': null },
};
const found = (text: string) => search(body, text).hits.map(pathOf);

test('a path reads as one would write it', () => {
  expect(pathOf(['resource', 'stages', 0, 'name'])).toBe('resource.stages[0].name');
  expect(pathOf(['resource', 'odd key'])).toBe('resource["odd key"]');
});

test('keys and values are found, in the order of the body', () => {
  expect(found('name')).toEqual(['resource.definition.name', 'resource.stages[0].name']);
  expect(found('SHOP')).toEqual(['resource.definition.name']);
  expect(found('null')).toEqual(['resource["odd key"]']);
});

test('a path is found as a path', () => {
  expect(found('definition.name')).toEqual(['resource.definition.name']);
});

test('a search ends at its bound and says so', () => {
  const many = search(
    Array.from({ length: HITS_MAX + 1 }, () => 'x'),
    'x',
  );
  expect(many.hits).toHaveLength(HITS_MAX);
  expect(many.more).toBe(true);
});

test('a closed node tells how much it holds', () => {
  expect([sizeOf([1, 2]), sizeOf({ a: 1 }), sizeOf('text')]).toEqual(['[2]', '{1}', '']);
});

test('of many children the first are shown, and those around the one that is asked for', () => {
  expect(partsOf(3, 100, [-1])).toEqual([{ from: 0, to: 3, left: 0 }]);
  expect(partsOf(1_000, 100, [])).toEqual([{ from: 0, to: 100, left: 900 }]);
  expect(partsOf(1_000, 100, [998, 500])).toEqual([
    { from: 0, to: 100, left: 395 },
    { from: 495, to: 506, left: 487 },
    { from: 993, to: 1_000, left: 0 },
  ]);
  expect(partsOf(1_000, 100, [102, 3])).toEqual([{ from: 0, to: 108, left: 892 }]);
});
