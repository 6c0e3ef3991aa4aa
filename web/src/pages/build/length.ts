/** How long a build took, and that against what is usual. Pure. */
import type { Build } from '$lib/api/types';
import { duration } from '$lib/format/format';

type Timed = Pick<
  Build,
  'state' | 'result' | 'queued_at' | 'started_at' | 'finished_at' | 'duration_ms'
>;

export type Compared = { tone: 'soft' | 'slower'; text: string };

/** Closer than this to the usual is the usual. */
const SAME = 0.05;

/** Clocks that differ, or hooks that are wrong: its length is then not known. */
export const endsBeforeStart = (build: Timed): boolean =>
  build.started_at !== null &&
  build.finished_at !== null &&
  Date.parse(build.finished_at) < Date.parse(build.started_at);

/** In whole seconds while it runs: a figure that jumps by five needs no fractions. */
export function ranFor(build: Timed, now: number): number | null {
  if (endsBeforeStart(build)) return null;
  const start = build.started_at ?? build.queued_at;
  if (build.duration_ms !== null || build.state !== 'running' || !start) return build.duration_ms;
  return Math.max(0, Math.round((now - Date.parse(start)) / 1_000) * 1_000);
}

/** What is said beside its length. */
export function compared(build: Timed, usual: number | null, now: number): Compared | null {
  if (endsBeforeStart(build)) return { tone: 'soft', text: 'told to have ended before it began' };
  const ran = ranFor(build, now);
  if (usual === null || ran === null) return null;
  const off = ran - usual;
  if (build.state === 'running') {
    return off > 0
      ? { tone: 'slower', text: `${duration(off)} over the usual ${duration(usual)}` }
      : { tone: 'soft', text: `of about ${duration(usual)}` };
  }
  // What broke off is no measure of the pipeline.
  if (build.result !== 'success' && build.result !== 'unstable') {
    return { tone: 'soft', text: `usually ${duration(usual)}` };
  }
  if (Math.abs(off) < usual * SAME) return { tone: 'soft', text: 'as usual' };
  return off > 0
    ? { tone: 'slower', text: `▲ ${duration(off)} longer than usual` }
    : { tone: 'soft', text: `▼ ${duration(-off)} shorter than usual` };
}
