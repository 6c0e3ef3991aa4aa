/** The jobs of a day: read in whole once, and from then on only where something may have changed. */
import { reading, type Reading } from '$lib/api/client';
import type { AgentRun } from '$lib/api/types';
import { allPages, type Whole } from '$lib/builds/readings';
import { DAY_MS } from './lanes';

const PAGE = 5_000;
/** A hook may come late, and a provider that is asked tells of jobs that ended a while ago. */
const LATE_MS = 30 * 60_000;

/** Jobs that were at work after this time. */
export type Read = (since: number, signal: AbortSignal) => Promise<Whole<AgentRun>>;

const read: Read = (since, signal) =>
  allPages((cursor) =>
    reading('/agents/runs', {
      query: { since: new Date(since).toISOString(), limit: PAGE, cursor },
    }).load(signal),
  );

const keyOf = ({ build_id, step_id }: AgentRun) => `${build_id}\n${step_id}`;
const endOf = ({ finished_at }: AgentRun) =>
  finished_at === null ? Number.POSITIVE_INFINITY : Date.parse(finished_at);
/** The last thing that is known, by the clocks that told of it: the browser's may be another. */
const newestOf = (runs: readonly AgentRun[]) =>
  runs.reduce(
    (newest, { started_at, finished_at }) =>
      Math.max(newest, Date.parse(finished_at ?? started_at), Date.parse(started_at)),
    Number.NEGATIVE_INFINITY,
  );

/**
 * What is known, with all that was at work after a time replaced by what was told of it now. `null` when a job
 * that was at work then is not told of any more: where it went, only the whole day says.
 */
export function renewed(
  known: readonly AgentRun[],
  told: readonly AgentRun[],
  since: number,
): AgentRun[] | null {
  const keys = new Set(told.map(keyOf));
  const others = known.filter((run) => !keys.has(keyOf(run)));
  return others.some((run) => endOf(run) > since) ? null : [...told, ...others];
}

/** One reading under one name, whenever the day began: what is shown stays while it is read again. */
export function dayOfRuns(ask: Read = read, now = Date.now): Reading<Whole<AgentRun>> {
  let known: Whole<AgentRun> = { items: [], cut: false };
  return {
    key: '/agents/runs#day',
    async load(signal) {
      const begin = now() - DAY_MS;
      const since = newestOf(known.items) - LATE_MS;
      if (since > begin) {
        const told = await ask(since, signal);
        const items = renewed(known.items, told.items, since);
        if (items && !told.cut) {
          known = { items: items.filter((run) => endOf(run) > begin), cut: known.cut };
          return known;
        }
      }
      known = await ask(begin, signal);
      return known;
    },
  };
}
