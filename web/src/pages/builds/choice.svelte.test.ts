import { expect, test } from 'vitest';
import { buildOf } from '$lib/builds/build.fixture';
import { choice } from './choice.svelte';

test('of builds the two that were chosen last are compared, and a build is let go as it was taken', () => {
  const chosen = choice();
  const ids = () => chosen.builds.map(({ id }) => id);
  for (const id of ['a', 'b', 'c']) chosen.turn(buildOf(id));
  expect(ids()).toEqual(['b', 'c']);
  chosen.turn(buildOf('b'));
  expect(ids()).toEqual(['c']);
  chosen.clear();
  expect(ids()).toEqual([]);
});
