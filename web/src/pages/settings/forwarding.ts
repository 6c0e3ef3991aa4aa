/** How a receiver is doing, in a sentence. */
import type { Forward } from '$lib/api/types';
import { absolute, plural, relative } from '$lib/format/format';

type Zone = Parameters<typeof absolute>[1];

/** Less than this is now, as it is in words. */
const SOON_MS = 5_000;

/** What a receiver is called: the one of `[forward]` itself has no name. */
export const nameOf = ({ name }: Pick<Forward, 'name'>): string =>
  name === 'default' ? 'Receiver' : name;

/** "3,412 events behind: connection refused since 09:12, next try in 40 s." */
export function standingOf(forward: Forward, now: number, zone: Zone): string {
  const { lag_entries: lag, problem } = forward;
  if (problem) {
    const since = absolute(problem.since, zone);
    const next = Date.parse(problem.next_try_at);
    const when = next - now >= SOON_MS ? `next try ${relative(next, now)}` : 'trying again now';
    return `${plural(lag, 'event')} behind: ${problem.reason}, since ${since}, ${when}.`;
  }
  if (lag > 0) return `${plural(lag, 'event')} on the way.`;
  const missed = forward.refused + forward.failed;
  if (missed > 0) return `Nothing waits; ${plural(missed, 'event')} it did not take.`;
  return 'It has everything.';
}
