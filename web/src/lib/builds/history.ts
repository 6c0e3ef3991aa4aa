/** What the last builds of a branch tell: how long one usually takes, how often it passes, since when it is broken. */
import type { PipelineBuild } from '$lib/api/types';

export type Past = Pick<PipelineBuild, 'id' | 'state' | 'result' | 'number' | 'duration_ms'> &
  Partial<Pick<PipelineBuild, 'label' | 'started_at' | 'finished_at'>>;

/** Green builds that "usual" is taken from: enough to be steady, few enough to follow a change. */
const USUAL_OF = 15;

/** With fewer of them nothing is usual. */
const USUAL_LEAST = 3;

/** Green builds on the new side of a comparison, and the least on the old side. */
const CHANGE_OF = 5;

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : Math.round(((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2);
}

const greenLengths = (builds: readonly Past[]): number[] =>
  builds.flatMap((build) =>
    build.result === 'success' && build.duration_ms !== null ? [build.duration_ms] : [],
  );

/** How long a build that passes usually takes; `null` while none is known. Builds are newest first. */
export function usualMs(builds: readonly Past[]): number | null {
  const lengths = greenLengths(builds).slice(0, USUAL_OF);
  return lengths.length < USUAL_LEAST ? null : median(lengths);
}

export type Change = { before: number; now: number; ratio: number };

/** The median of the newest green builds against that of the green ones before; `null`: too few of them. */
export function changeOf(builds: readonly Past[]): Change | null {
  const lengths = greenLengths(builds);
  if (lengths.length < 2 * CHANGE_OF) return null;
  const now = median(lengths.slice(0, CHANGE_OF));
  const before = median(lengths.slice(CHANGE_OF));
  return now === null || before === null || before === 0
    ? null
    : { before, now, ratio: now / before - 1 };
}

/** Results that say whether the code is sound. What was canceled or skipped says nothing. */
const JUDGED = ['success', 'unstable', 'failure'];

const judged = (builds: readonly Past[]): Past[] =>
  builds.filter((build) => build.state === 'finished' && JUDGED.includes(build.result ?? ''));

/** The part that passed, of those that passed, were unstable or failed. */
export function successRate(builds: readonly Past[]): { rate: number; of: number } | null {
  const all = judged(builds);
  if (all.length === 0) return null;
  return {
    rate: all.filter(({ result }) => result === 'success').length / all.length,
    of: all.length,
  };
}

/** The newest build that says whether the branch is sound. */
export const verdict = (builds: readonly Past[]): Past | null => judged(builds)[0] ?? null;

export type Broken = {
  /** The first that failed, with which it began. */
  first: Past;
  latest: Past;
  failures: number;
  /** When the first of them was known to have failed: builds overtake each other. */
  since: string | null;
  /** Nothing that passed is known before it: it may be broken for longer. */
  atLeast: boolean;
};

/** Since when the branch is broken: its newest judged build failed. */
export function brokenSince(builds: readonly Past[]): Broken | null {
  const all = judged(builds);
  const end = all.findIndex(({ result }) => result !== 'failure');
  const failed = end < 0 ? all : all.slice(0, end);
  const [latest, first] = [failed[0], failed.at(-1)];
  if (!latest || !first) return null;
  const moments = failed.flatMap((build) => momentOf(build) ?? []);
  const since = moments.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
  return { first, latest, failures: failed.length, since, atLeast: end < 0 };
}

/** When a build began to matter: its end if it is over, else its start. */
export const momentOf = (build: Past): string | null =>
  build.finished_at ?? build.started_at ?? null;
