/** Thirty days of an agent, by how many jobs it ran and how many of them failed. */
import { reading, type Reading } from '$lib/api/client';
import type { AgentRun } from '$lib/api/types';
import { allPages } from '$lib/builds/readings';
import { plural } from '$lib/format/format';
import { DAY_MS } from './lanes';

export const DAYS = 30;
/** What is asked for at once: the server tells of a week at most. */
const WINDOW_DAYS = 6;
const PAGE = 5_000;

export type Day = {
  /** So many days ago it ended. */
  ago: number;
  jobs: number;
  failed: number;
};

/** The oldest first; days are counted back from now, and a job is of the day it began in. */
export function daysOf(runs: readonly AgentRun[], now: number): Day[] {
  const days = Array.from({ length: DAYS }, (_, at): Day => {
    return { ago: DAYS - 1 - at, jobs: 0, failed: 0 };
  });
  const seen = new Set<string>();
  for (const { build_id, step_id, started_at, result } of runs) {
    const key = `${build_id}\n${step_id}`;
    const day = days[DAYS - 1 - Math.floor((now - Date.parse(started_at)) / DAY_MS)];
    // One that ran on into the next window was told of twice.
    if (!day || seen.has(key)) continue;
    seen.add(key);
    day.jobs += 1;
    if (result === 'failure') day.failed += 1;
  }
  return days;
}

export const monthOf = (agent: string, now = Date.now()): Reading<Day[]> => ({
  key: `/agents/runs#month=${agent}`,
  async load(signal) {
    const runs: AgentRun[] = [];
    for (let from = DAYS; from > 0; from -= WINDOW_DAYS) {
      const [since, until] = [from, from - WINDOW_DAYS].map((days) =>
        new Date(now - days * DAY_MS).toISOString(),
      );
      const { items } = await allPages((cursor) =>
        reading('/agents/runs', { query: { agent, since, until, limit: PAGE, cursor } }).load(
          signal,
        ),
      );
      runs.push(...items);
    }
    return daysOf(runs, now);
  },
});

/** `412 jobs in 30 days, 12 failed`. */
export function saidOf(days: readonly Day[]): string {
  const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
  const [jobs, failed] = [sum((day) => day.jobs), sum((day) => day.failed)];
  return `${plural(jobs, 'job')} in ${DAYS} days, ${failed} failed`;
}

/** `3 days ago: 14 jobs, 2 failed`. */
export function dayInWords({ ago, jobs, failed }: Day): string {
  const when = ago === 0 ? 'Last 24 hours' : ago === 1 ? 'A day ago' : `${ago} days ago`;
  return `${when}: ${jobs === 0 ? 'no jobs' : `${plural(jobs, 'job')}, ${failed} failed`}`;
}
