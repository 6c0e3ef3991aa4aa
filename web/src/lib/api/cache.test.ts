import { expect, test } from 'vitest';
import { Cache, WEIGHT_MAX } from './cache';

/** A server that answers when it is told to. */
function slow(key = 'a') {
  const answers: ((answer: string) => void)[] = [];
  const load = () => new Promise<string>((resolve) => answers.push(resolve));
  return { reading: { key, load }, answers };
}
const { signal } = new AbortController();

test('who asks for the same at once shares a reading', async () => {
  const { reading, answers } = slow();
  const cache = new Cache();
  const both = Promise.all([cache.read(reading, signal), cache.read(reading, signal)]);
  answers[0]?.('once');
  expect(await both).toEqual(['once', 'once']);
  expect(answers).toHaveLength(1);
});

test('who asks anew does not get the answer from before, and neither does who comes back', async () => {
  const { reading, answers } = slow();
  const cache = new Cache();
  const before = cache.read(reading, signal);
  const after = cache.read(reading, signal, true);
  answers[1]?.('new');
  expect(await after).toBe('new');
  answers[0]?.('old');
  expect(await before).toBe('old');
  expect(cache.peek('a')).toBe('new');
});

test('what lands after signing out is not kept', async () => {
  const { reading, answers } = slow();
  const cache = new Cache();
  const read = cache.read(reading, signal);
  cache.clear();
  answers[0]?.('of the former person');
  await read;
  expect(cache.peek('a')).toBeUndefined();
});

test('heavy answers drive out the oldest, and the heaviest is not kept at all', async () => {
  const cache = new Cache();
  const weighs = (key: string, weight: number) =>
    cache.read({ key, load: () => Promise.resolve(key), weight: () => weight }, signal);
  await weighs('first', WEIGHT_MAX / 2);
  await weighs('second', WEIGHT_MAX / 2);
  expect(cache.peek('first')).toBe('first');
  await weighs('third', 1);
  expect(cache.peek('first')).toBeUndefined();
  expect(cache.peek('second')).toBe('second');
  await weighs('too much', WEIGHT_MAX + 1);
  expect(cache.peek('too much')).toBeUndefined();
  await weighs('light', 0);
  expect(cache.peek('light')).toBe('light');
});
