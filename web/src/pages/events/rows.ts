/** The rows of the inbox, as pages of the list by cursor. Pure: what arrives is put in its place here. */
import type { List } from '$lib/api/types';

/** Rows asked for at once. */
export const PAGE = 100;

/** Pages held. Beyond, those furthest from the reader's end are let go: a day of reading stays bounded. */
export const PAGES_MAX = 10;

export type Row = { entry_id: number; received_at: string; status: string };

export type Rows<T extends Row> = {
  pages: List<T>[];
  /** Newer pages were let go; the top of what is held is not the top of the list. */
  cut: boolean;
  /** The newest page as it was read last, while it is held back. */
  latest: List<T> | null;
};

export const none = <T extends Row>(): Rows<T> => ({ pages: [], cut: false, latest: null });

export const all = <T extends Row>(rows: Rows<T>): T[] => rows.pages.flatMap(({ items }) => items);

export const next = <T extends Row>(rows: Rows<T>): string | null =>
  rows.pages.at(-1)?.next_cursor ?? null;

/** From the top: what was held is forgotten. */
export const top = <T extends Row>(list: List<T>): Rows<T> => ({
  pages: [list],
  cut: false,
  latest: null,
});

/** Older rows, at the end. */
export function older<T extends Row>(rows: Rows<T>, list: List<T>): Rows<T> {
  const known = new Set(all(rows).map((row) => row.entry_id));
  const page = { ...list, items: list.items.filter((row) => !known.has(row.entry_id)) };
  const pages = [...rows.pages, page];
  const gone = Math.max(0, pages.length - PAGES_MAX);
  return { ...rows, pages: pages.slice(gone), cut: rows.cut || gone > 0 };
}

/** The same rows as they are now, without adding one. */
export function patched<T extends Row>(rows: Rows<T>, now: readonly T[]): Rows<T> {
  const news = new Map(now.map((row) => [row.entry_id, row]));
  if (!rows.pages.some(({ items }) => items.some((row) => news.has(row.entry_id)))) return rows;
  return {
    ...rows,
    pages: rows.pages.map((page) => ({
      ...page,
      items: page.items.map((row) => news.get(row.entry_id) ?? row),
    })),
  };
}

/**
 * The newest page, read again. `follow`: nobody's eye or pointer is on the rows, so they may come in.
 * Else they wait, and only known rows change.
 */
export function arrived<T extends Row>(rows: Rows<T>, list: List<T>, follow: boolean): Rows<T> {
  if (rows.pages.length === 0 || (follow && !rows.cut)) return top(list);
  return { ...patched(rows, list.items), latest: list };
}

/** How many wait, and whether there may be more than were read. */
export function waiting<T extends Row>(rows: Rows<T>): { count: number; more: boolean } {
  if (rows.latest === null) return { count: 0, more: false };
  const known = new Set(all(rows).map((row) => row.entry_id));
  const fresh = rows.latest.items.filter((row) => !known.has(row.entry_id));
  // Rows of a page that was let go are no news.
  const newest = rows.cut ? 0 : (rows.pages[0]?.items[0]?.entry_id ?? 0);
  const count = fresh.filter((row) => row.entry_id > newest).length;
  return {
    count: rows.cut ? fresh.length : count,
    more: count > 0 && fresh.length === rows.latest.items.length && rows.latest.next_cursor != null,
  };
}

/** Shown rows that wait to be read and that the newest page no longer holds: they must be asked for. */
export function stale<T extends Row>(rows: Rows<T>): T | null {
  const fresh = new Set((rows.latest ?? rows.pages[0])?.items.map((row) => row.entry_id));
  return all(rows).find((row) => row.status === 'pending' && !fresh.has(row.entry_id)) ?? null;
}
