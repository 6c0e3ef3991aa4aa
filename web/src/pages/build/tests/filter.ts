/** What of a build's tests is shown, as the address has it. */
import { OUTCOMES } from '$lib/tests/words';
import type { Query } from '$lib/url/query.svelte';
import { flag, maybe, oneOf, text, type Values } from '$lib/url/params';

export const filterParams = {
  outcome: maybe(OUTCOMES),
  q: text(),
  job: text(),
  sort: oneOf(['outcome', 'duration', 'name'], 'outcome'),
  /** Also what was told of tries that another took the place of. */
  every: flag(),
  /** The test that is open, by its id. */
  test: text(),
};
export type TestFilter = Values<typeof filterParams>;
export type TestPlace = Query<typeof filterParams>;

/** Everything a filter leaves out comes back. */
export const NO_FILTER = { outcome: '', q: '', job: '' } as const satisfies Partial<TestFilter>;

export const isNarrowed = ({ outcome, q, job }: TestFilter): boolean =>
  Boolean(outcome || q || job);
