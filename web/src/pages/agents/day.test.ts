import { describe, expect, test } from 'vitest';
import type { AgentRun } from '$lib/api/types';
import { dayOfRuns, renewed } from './day';
import { BEGIN, runOf } from './run.fixture';

const HOUR = 3_600;
const ids = (runs: readonly AgentRun[] | undefined) => runs?.map(({ step_id }) => step_id).sort();

/** A server with jobs, asked at an hour; keeps since when it was asked for. */
function server(jobs: AgentRun[]) {
  const asked: number[] = [];
  let hour = 24;
  const day = dayOfRuns(
    async (since) => {
      asked.push((since - BEGIN) / HOUR / 1_000);
      const items = jobs.filter(
        ({ finished_at }) => !finished_at || Date.parse(finished_at) > since,
      );
      return { items, cut: false };
    },
    () => BEGIN + hour * HOUR * 1_000,
  );
  const load = async (at: number) => {
    hour = at;
    return ids((await day.load(new AbortController().signal)).items);
  };
  return { asked, load };
}

describe('the jobs of a day', () => {
  test('are read once, then from a while before the newest that is known', async () => {
    const jobs = [runOf('a', HOUR, 2 * HOUR), runOf('b', 20 * HOUR, null)];
    const { asked, load } = server(jobs);
    expect(await load(24)).toEqual(['a-3600', 'b-72000']);
    jobs[1] = runOf('b', 20 * HOUR, 24 * HOUR);
    jobs.push(runOf('c', 24 * HOUR, null));
    expect(await load(24.1)).toEqual(['a-3600', 'b-72000', 'c-86400']);
    expect(asked).toEqual([0, 19.5]);
    // The day goes on: what ended before it is left behind.
    expect(await load(26.5)).toEqual(['b-72000', 'c-86400']);
    expect(asked).toEqual([0, 19.5, 23.5]);
  });
  test('are read in whole while none is known, or the newest is of another day', async () => {
    const { asked, load } = server([]);
    await load(24);
    await load(25);
    expect(asked).toEqual([0, 1]);
    const quiet = server([runOf('a', HOUR, 2 * HOUR)]);
    await quiet.load(24);
    expect(await quiet.load(40)).toEqual([]);
    expect(quiet.asked).toEqual([0, 16]);
  });
  test('are read in whole when one of them turns out to have ended long ago', async () => {
    const jobs = [runOf('a', 2 * HOUR, null), runOf('b', 23 * HOUR, 24 * HOUR)];
    const { asked, load } = server(jobs);
    await load(24);
    jobs[0] = runOf('a', 2 * HOUR, 3 * HOUR);
    expect(await load(24.1)).toEqual(['a-7200', 'b-82800']);
    expect(asked).toHaveLength(3);
  });
  test('have the times that were told last', () => {
    const since = BEGIN + 50_000;
    const [first] = renewed([runOf('a', 0, 40)], [runOf('a', 0, 60)], since) ?? [];
    expect(first?.finished_at).toBe(runOf('a', 0, 60).finished_at);
    expect(renewed([runOf('a', 0, 60)], [], since)).toBeNull();
    expect(renewed([runOf('a', 0, 40)], [], since)).toHaveLength(1);
  });
});
