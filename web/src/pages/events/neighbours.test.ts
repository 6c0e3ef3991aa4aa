import { expect, test } from 'vitest';
import { beside, remember } from './neighbours';

test('beside an event stand those of the list it was come from', () => {
  remember([90, 40, 7]);
  expect([beside(40, 'newer'), beside(40, 'older')]).toEqual([90, 7]);
  expect([beside(90, 'newer'), beside(7, 'older')]).toEqual([null, null]);
});

test('an event that was come to by its address has its numbers beside it', () => {
  remember([]);
  expect([beside(8, 'newer'), beside(8, 'older'), beside(1, 'older')]).toEqual([9, 7, null]);
});
