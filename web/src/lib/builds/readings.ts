/** What is read of a build in whole, page after page. */
import { get, type Reading } from '$lib/api/client';
import type { Fact, List, Step } from '$lib/api/types';

/** Pages read at most: a build beyond this is shown as far as it goes. */
const PAGES_MAX = 20;
const PAGE = 500;
/** About what a step or a fact takes in an answer. */
const ITEM_BYTES = 500;

export type Whole<T> = {
  items: T[];
  /** There are more than were read. */
  cut: boolean;
};

export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<List<T>>,
): Promise<Whole<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const list = await page(cursor);
    items.push(...list.items);
    if (!list.next_cursor) return { items, cut: false };
    cursor = list.next_cursor;
  }
  return { items, cut: true };
}

const weight = ({ items }: Whole<unknown>) => items.length * ITEM_BYTES;

export const allSteps = (id: string): Reading<Whole<Step>> => ({
  key: `/builds/${id}/steps#all`,
  load: (signal) =>
    allPages((cursor) =>
      get('/builds/{id}/steps', { path: { id }, query: { limit: PAGE, cursor }, signal }),
    ),
  weight,
});

/** Oldest first: which fact is the newest is only known of all of them. */
export const allFacts = (id: string): Reading<Whole<Fact>> => ({
  key: `/builds/${id}/facts#all`,
  load: (signal) =>
    allPages((cursor) =>
      get('/builds/{id}/facts', { path: { id }, query: { limit: PAGE, cursor }, signal }),
    ),
  weight,
});
