/** What is between two builds, in words. Pure. */
import type { Build, ComparedTest, Comparison } from '$lib/api/types';
import { count, duration } from '$lib/format/format';
import { changeWords } from '$lib/tests/words';
import { lookOf, type Shape } from '$lib/ui/status';

export type DifferenceKind = keyof Comparison['counts'];

/** In the order in which they matter. */
export const DIFFERENCES: readonly { key: DifferenceKind; label: string; says: string }[] = [
  { key: 'regressions', label: 'Regressions', says: 'Passed before, and fail now' },
  { key: 'fixed', label: 'Fixed', says: 'Failed before, and pass now' },
  { key: 'flaky', label: 'Flaky', says: 'Passed on retry, or changed and known to be flaky' },
  { key: 'new', label: 'New', says: 'Are in the second build alone' },
  { key: 'gone', label: 'Gone', says: 'Are in the first build alone' },
  { key: 'other', label: 'Other', says: 'Skipped in one of the two builds' },
];

/** The list to begin with: the first that has anything. */
export const firstOf = (counts: Comparison['counts']): DifferenceKind =>
  DIFFERENCES.find(({ key }) => counts[key] > 0)?.key ?? 'regressions';

/** How it ended in one of the two, as a look: `retried` is more than its status. */
export const endOf = (result: ComparedTest['base']): { label: string; shape: Shape | null } =>
  result
    ? lookOf(result.outcome === 'retried' ? 'retried' : result.status)
    : { label: 'Not there', shape: null };

type Delta = { label: string; base: string; head: string; change: string; worse: boolean };

function figures(
  label: string,
  base: number | null,
  head: number | null,
  moreIsWorse: boolean,
): Delta {
  const by = base === null || head === null ? 0 : head - base;
  return {
    ...{ label, base: count(base), head: count(head) },
    change: by === 0 ? '' : `${by > 0 ? '+' : '−'}${count(Math.abs(by))}`,
    worse: moreIsWorse && by > 0,
  };
}

/** What is not known, or took no time, was not beaten. */
const isSlower = (base: number | null, head: number | null): boolean =>
  base !== null && head !== null && base > 0 && head > base * SLOWER;

const failedOf = ({ tests }: Build): number | null => (tests ? tests.failed + tests.errored : null);

/** Both heads, figure by figure. */
export function deltasOf(base: Build, head: Build): Delta[] {
  const lengths = (label: string, of: (build: Build) => number | null): Delta => ({
    ...{ label, base: duration(of(base)), head: duration(of(head)) },
    change: changeWords(of(base), of(head)),
    worse: isSlower(of(base), of(head)),
  });
  const tests = [
    figures('Tests', base.tests?.total ?? null, head.tests?.total ?? null, false),
    figures('Failed', failedOf(base), failedOf(head), true),
    figures('Passed', base.tests?.passed ?? null, head.tests?.passed ?? null, false),
    figures('Skipped', base.tests?.skipped ?? null, head.tests?.skipped ?? null, false),
  ];
  const known = (of: (build: Build) => number | null) => of(base) !== null || of(head) !== null;
  const took = ({ duration_ms }: Build) => duration_ms;
  const waited = ({ queue_ms }: Build) => queue_ms;
  return [
    ...(known(took) ? [lengths('Took', took)] : []),
    ...(known(waited) ? [lengths('Waited', waited)] : []),
    ...(base.tests || head.tests ? tests : []),
  ];
}
/** What is within a quarter of what it was is as long as before. */
const SLOWER = 1.25;
