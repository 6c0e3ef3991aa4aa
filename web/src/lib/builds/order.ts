/** Builds in the order of time. Pure. */
import type { Build } from '$lib/api/types';

/** The earlier of two first: it is what the other is measured by. */
export function inTime<B extends Pick<Build, 'queued_at' | 'started_at' | 'finished_at'>>(
  one: B,
  other: B,
): [B, B] {
  const at = (build: B) =>
    Date.parse(build.queued_at ?? build.started_at ?? build.finished_at ?? '') || 0;
  return at(one) <= at(other) ? [one, other] : [other, one];
}
