/** What the bars of a step say, for those who do not see them. Pure. */
import { duration } from '$lib/format/format';
import type { Link } from './critical';
import { type Bars, offset, type Span } from './timeline';

const SECOND = 1_000;

/** `begin`: of the build. `link`: its part of the critical path. `ghost`: the same step in the last green build. */
export function saidOf(
  { wait, run, growing, untold }: Bars,
  begin: number,
  link: Pick<Link, 'alone'> | null,
  ghost: Span | null,
): string {
  if (!run && untold) return 'waited; no more was told of it';
  const waited = wait ? `waited ${duration(wait.to - wait.from)}` : '';
  if (!run) return waited || 'no times are known';
  const begun = `${offset(Math.round((run.from - begin) / SECOND) * SECOND)} after the begin`;
  const ran = untold
    ? `from ${begun}; its end was not told`
    : run.to > run.from
      ? `${growing ? 'runs for' : 'ran'} ${duration(run.to - run.from)}, from ${begun}`
      : `at ${begun}; its length is not known`;
  const decides = link
    ? `on the critical path${link.alone > 0 ? `, ${duration(link.alone)} of it alone` : ''}`
    : '';
  const before = ghost ? `${duration(ghost.to - ghost.from)} in the last green build` : '';
  return [waited, ran, decides, before].filter(Boolean).join(', ');
}
