import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Batch } from '$lib/live/batch';
import { Problem } from '$lib/api/problem';

const { get, heard } = vi.hoisted(() => ({
  get: vi.fn(),
  heard: [] as ((batch: unknown) => void)[],
}));
vi.mock('$lib/api/client', () => ({ get }));
vi.mock('$lib/live/live.svelte', () => ({
  live: { listen: (_: unknown, handle: (batch: unknown) => void) => heard.push(handle) },
}));
import { nameOf, RETRY_MS, wantNames } from './names.svelte';

const ring = (kind: 'build' | 'subject', id: string | null) => {
  const batch = new Batch();
  batch.add(kind, id);
  for (const handle of heard) handle(batch);
};
const refused = (status: number) =>
  new Problem({ code: 'no', status, title: 'No', detail: '', retryable: status >= 500 });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

let leave = () => {};
const look = async (...keys: string[]) => {
  leave();
  const stop = wantNames(keys);
  leave = () => void stop();
  await pass(0);
};
beforeEach(() => {
  vi.useFakeTimers();
  get.mockReset();
});
afterEach(() => {
  leave();
  vi.useRealTimers();
});

test('a build that its first hook did not name is named once it is', async () => {
  get.mockResolvedValue({ id: 'a', pipeline: null, pipeline_name: null, number: null });
  await look('build:a');
  expect(nameOf('build:a')).toBe('Build');

  get.mockResolvedValue({ id: 'a', pipeline: 'web', pipeline_name: null, number: 7 });
  ring('build', 'b');
  await pass(RETRY_MS);
  expect(get).toHaveBeenCalledTimes(1);
  ring('build', 'a');
  expect(nameOf('build:a')).toBe('Build');
  await pass(0);
  expect(nameOf('build:a')).toBe('web #7');
});

test('a server that is away is asked again, later', async () => {
  get.mockRejectedValue(refused(503));
  await look('build:c');
  await pass(RETRY_MS - 1);
  expect(get).toHaveBeenCalledTimes(1);
  get.mockResolvedValue({ id: 'c', pipeline: 'web', pipeline_name: null, number: 8 });
  await pass(1);
  expect(nameOf('build:c')).toBe('web #8');
});

test('what is gone is asked for once, and again only when it changed', async () => {
  get.mockRejectedValue(refused(404));
  await look('build:d');
  await pass(10 * RETRY_MS);
  expect(get).toHaveBeenCalledTimes(1);
  get.mockResolvedValue({ id: 'd', pipeline: 'web', pipeline_name: null, number: 9 });
  ring('build', null);
  await pass(0);
  expect(nameOf('build:d')).toBe('web #9');
});
