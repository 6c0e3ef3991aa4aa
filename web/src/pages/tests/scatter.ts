/** The lengths of a test's runs as points, oldest at the left. Pure. */
import type { RunOutcome, TestRun } from '$lib/api/types';
import { duration, plural } from '$lib/format/format';

export const HEIGHT = 180;
/** Room for the words at the axis. */
export const LEFT = 64;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 22;

export type Point = { x: number; y: number; outcome: RunOutcome; run: TestRun };

/** 1, 2 or 5 of a power of ten, so that the axis has plain figures. */
export function ceilingOf(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((one) => one * power >= most) ?? 10) * power;
}

/** The value below which a part of the sorted ones lies. */
export function quantile(sorted: readonly number[], part: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? null;
}

/** Of runs, newest first, on so many pixels. What was skipped took no time, and what has none told is no point. */
export function scatterOf(runs: readonly TestRun[], width: number) {
  const timed = runs
    .filter(({ outcome, duration_ms }) => duration_ms !== null && outcome !== 'skipped')
    .toReversed();
  const lengths = timed.map(({ duration_ms }) => duration_ms ?? 0);
  const sorted = lengths.toSorted((a, b) => a - b);
  const top = ceilingOf(sorted.at(-1) ?? 0);
  const y = (ms: number) => HEIGHT - BOTTOM - (ms / top) * (HEIGHT - TOP - BOTTOM);
  const step = (width - LEFT - RIGHT) / Math.max(1, timed.length - 1);
  const points = timed.map((run, at): Point => ({
    x: timed.length === 1 ? (LEFT + width - RIGHT) / 2 : LEFT + at * step,
    y: y(lengths[at] ?? 0),
    outcome: run.outcome,
    run,
  }));
  const line = (part: number) => {
    const ms = quantile(sorted, part);
    return ms === null ? null : { ms, y: y(ms) };
  };
  return {
    points,
    median: line(0.5),
    p95: line(0.95),
    marks: [0, top / 2, top].map((ms) => ({ y: y(ms), label: duration(ms) })),
    says: wordsOf(timed, sorted),
  };
}

function wordsOf(timed: readonly TestRun[], sorted: readonly number[]): string {
  if (timed.length === 0) return 'No run told how long it took';
  const of = (outcome: RunOutcome) => timed.filter((run) => run.outcome === outcome).length;
  const told = [
    [of('failed'), 'failed'],
    [of('retried'), 'passed on retry'],
  ] as const;
  const rest = told.flatMap(([many, word]) => (many > 0 ? [`${many} ${word}`] : []));
  return [
    plural(timed.length, 'run'),
    `from ${duration(sorted[0])} to ${duration(sorted.at(-1))}`,
    `median ${duration(quantile(sorted, 0.5))}`,
    `p95 ${duration(quantile(sorted, 0.95))}`,
    ...rest,
  ].join(', ');
}

/** The point nearest to a place, if any is near. */
export function nearest(points: readonly Point[], x: number, y: number): Point | null {
  const NEAR = 18;
  let found: Point | null = null;
  let best = NEAR ** 2;
  for (const point of points) {
    const far = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (far < best) [best, found] = [far, point];
  }
  return found;
}
