import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cache } from './cache';
import { type Resource, resource } from './resource.svelte';

/** Readings that land when the test says so, oldest first. */
let landings: { key: string; land: (answer: string) => void; signal: AbortSignal }[] = [];
const reading = (key: string) => ({
  key,
  load: (signal: AbortSignal) =>
    new Promise<string>((land) => landings.push({ key, land, signal })),
});
const land = async (at: number, answer: string) => {
  landings[at]?.land(answer);
  await settled();
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

let wanted = $state<string | null>('a');
let shown: Resource<string>;
let end = () => {};
beforeEach(() => {
  landings = [];
  cache.clear();
  wanted = 'a';
  end = $effect.root(() => {
    shown = resource(() => (wanted === null ? null : reading(wanted)));
  });
  flushSync();
});
afterEach(() => end());

test('bells that ring while it is read lead to one more reading, and give up none', async () => {
  void shown.reload();
  const last = shown.reload();
  expect(landings).toHaveLength(1);

  await land(0, 'old');
  expect(shown.data).toBe('old');
  expect(shown.busy).toBe(true);
  expect(landings).toHaveLength(2);
  expect(landings[0]?.signal.aborted).toBe(false);

  await land(1, 'new');
  await last;
  expect(shown.data).toBe('new');
  expect(shown.busy).toBe(false);
  expect(landings).toHaveLength(2);
});

test('reading again does not join what somebody else began before', async () => {
  await land(0, 'old');
  void cache.read(reading('a'), new AbortController().signal);
  void shown.reload();
  await land(2, 'new');
  await land(1, 'old');
  expect(shown.data).toBe('new');
});

test('another key ends the reading of the former one, and no key is not busy', async () => {
  wanted = 'b';
  flushSync();
  expect(landings[0]?.signal.aborted).toBe(true);
  expect(landings[1]?.key).toBe('b');
  wanted = null;
  flushSync();
  expect(shown.busy).toBe(false);
  await land(1, 'late');
  expect(shown.data).toBeUndefined();
});

test('what is set stays, whatever was on its way', async () => {
  shown.set('mine');
  await land(0, 'old');
  expect(shown.data).toBe('mine');
  await land(1, 'mine too');
  expect(shown.data).toBe('mine too');
  expect(shown.busy).toBe(false);
});
