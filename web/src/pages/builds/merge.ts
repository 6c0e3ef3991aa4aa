/** One list out of several that are each newest first: the builds of `main` and of `master`. */
import type { Reading } from '$lib/api/client';
import type { Build, List } from '$lib/api/types';

export type Page = (cursor: string | undefined) => Reading<List<Build>>;

/** Where each list stands: what was read of it and not shown yet, and where it goes on. */
type Place = { rest: Build[]; next: string | null };

/** The time that the API orders builds by. */
const timeOf = (build: Build): string =>
  [build.queued_at, build.started_at, build.finished_at]
    .filter((at): at is string => at !== null)
    .reduce((first, at) => (at < first ? at : first), '9');

/** Rows whose place is certain: none that is still to be read can be newer. */
export function certain(lists: readonly List<Build>[]): { items: Build[]; places: Place[] } {
  const horizon = lists.reduce((latest, list) => {
    const last = list.items.at(-1);
    return list.next_cursor && last && timeOf(last) > latest ? timeOf(last) : latest;
  }, '');
  const isCertain = (build: Build) => timeOf(build) >= horizon;
  return {
    items: lists
      .flatMap(({ items }) => items.filter(isCertain))
      .toSorted((a, b) => timeOf(b).localeCompare(timeOf(a))),
    places: lists.map(({ items, next_cursor }) => ({
      rest: items.filter((build) => !isCertain(build)),
      next: next_cursor ?? null,
    })),
  };
}

/** The lists as one. Its cursor holds what was read too early, so that nothing is read twice. */
export function merged(pages: readonly Page[]): Page {
  const [only] = pages;
  if (only && pages.length === 1) return only;
  return (cursor) => ({
    key: pages.map((page) => page(undefined).key).join(' ') + (cursor ?? ''),
    load: async (signal) => {
      const places = cursor ? (JSON.parse(cursor) as Place[]) : pages.map((): Place | null => null);
      const lists = await Promise.all(
        places.map(async (place, index): Promise<List<Build>> => {
          if (place && (place.next === null || place.rest.length > 0)) {
            return { items: place.rest, next_cursor: place.next };
          }
          return (pages[index] as Page)(place?.next ?? undefined).load(signal);
        }),
      );
      const { items, places: left } = certain(lists);
      const more = left.some(({ rest, next }) => rest.length > 0 || next !== null);
      return { items, next_cursor: more ? JSON.stringify(left) : null };
    },
  });
}
