/**
 * A list by cursor that a component follows. Call it while the component is set up.
 *
 *     const builds = paged(() => (cursor) => reading('/builds', { query: { branch, cursor } }), (b) => b.id);
 */
import { untrack } from 'svelte';
import { cache } from './cache';
import type { Reading } from './client';
import { asProblem, isAbort, type Problem } from './problem';
import { LOADING_AFTER_MS } from './resource.svelte';
import type { List } from './types';

/** Rows read one by one before a pause: many may have changed at once. */
export const ROWS_A_TURN = 10;
export const TURN_MS = 1_000;

type Take<T> = (list: List<T>) => void;

export type Paged<T> = {
  readonly items: T[];
  readonly error: Problem | undefined;
  readonly loading: boolean;
  readonly busy: boolean;
  /** The first page came: an empty list is then really empty. */
  readonly ready: boolean;
  readonly hasMore: boolean;
  /** Rows that came at the top since, held back so that nothing moves under the pointer. */
  readonly waiting: number;
  /** More of them came than are counted. */
  readonly waitingMore: boolean;
  more(): Promise<void>;
  /**
   * Reads the first page again: known rows change in place, new ones wait. Rows further down that are
   * `changed` follow one by one; one that fits the filter no more stays, with what is true of it now.
   */
  refresh(changed?: (item: T) => boolean): Promise<void>;
  /** Lets the waiting rows in. */
  show(): void;
  /** From the top again, forgetting what is shown. */
  reload(): Promise<void>;
};

/** `id` tells rows apart: one that is read twice is shown once. `one` reads a row by itself. */
export function paged<T>(
  wanted: () => (cursor: string | undefined) => Reading<List<T>>,
  id: (item: T) => string | number,
  one?: (item: NoInfer<T>) => Reading<NoInfer<T>>,
): Paged<T> {
  let items = $state.raw<T[]>([]);
  let held = $state.raw<T[]>([]);
  /** A newer first page that has no row in common with what is shown. */
  let gap = $state.raw<List<T> | null>(null);
  let cursor = $state<string | null>(null);
  let error = $state.raw<Problem>();
  let busy = $state(false);
  let loading = $state(false);
  let ready = $state(false);
  let current: ((cursor: string | undefined) => Reading<List<T>>) | null = null;
  let controller = new AbortController();
  let running = Promise.resolve();
  /** The bell rang while something was read: how the next first page is taken. */
  let again: Take<T> | null = null;
  /** Rows that changed and are read one by one, over all readings of this list. */
  const stale = new Set<string | number>();
  let mending: AbortController | null = null;

  async function read(from: string | undefined, take: Take<T>, anew: boolean): Promise<void> {
    if (!current) return;
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    busy = true;
    const timer = setTimeout(() => (loading = busy && !ready), LOADING_AFTER_MS);
    for (let taken: Take<T> | null = take; taken; taken = again) {
      again = null;
      try {
        const list = await cache.read(current(from), signal, anew);
        if (signal.aborted) break;
        taken(list);
        error = undefined;
        ready = true;
      } catch (thrown) {
        if (signal.aborted) break;
        if (!isAbort(thrown)) error = asProblem(thrown);
      }
      from = undefined;
      anew = true;
    }
    clearTimeout(timer);
    if (!signal.aborted) busy = loading = false;
  }

  /** From the top, after what is under way: older rows are not given up for newer ones. */
  function readAgain(take: Take<T>): Promise<void> {
    if (!untrack(() => busy)) running = read(undefined, take, true);
    // To begin anew is more than to look again.
    else if (again !== first) again = take;
    return running;
  }

  function first(list: List<T>): void {
    items = list.items;
    held = [];
    gap = null;
    cursor = list.next_cursor ?? null;
  }

  /** Takes a newer first page into what is shown. */
  function merge(list: List<T>): void {
    if (items.length === 0) return first(list);
    const newer = new Map(list.items.map((item) => [id(item), item]));
    const shown = new Set(items.map(id));
    // Not one row in common: so much came that the gap cannot be closed row by row.
    if (list.items.length > 0 && !list.items.some((item) => shown.has(id(item)))) {
      held = list.items;
      gap = list;
      return;
    }
    gap = null;
    items = items.map((item) => newer.get(id(item)) ?? item);
    for (const known of newer.keys()) stale.delete(known);
    held = list.items.filter((item) => !shown.has(id(item)));
  }

  /**
   * Puts what was read of a row in its place, unless a newer page has done so; what is gone, or is
   * another row of the list by now, goes.
   */
  function put(before: T, now: T | null): void {
    const others = items.filter((item) => item !== before);
    const stays = now !== null && !others.some((item) => id(item) === id(now));
    items = stays ? items.map((item) => (item === before ? now : item)) : others;
  }

  /** Reads the stale rows, one after the other, with a pause after some: there may be hundreds. */
  async function mend(): Promise<void> {
    if (!one || mending) return;
    mending = new AbortController();
    const { signal } = mending;
    for (let count = 1; stale.size > 0; count += 1) {
      const next = stale.values().next().value as string | number;
      stale.delete(next);
      const row = items.find((item) => id(item) === next);
      if (row === undefined) continue;
      try {
        // Not by the cache: hundreds of rows would drive out what a return needs.
        const now = await one(row).load(signal);
        if (!signal.aborted) put(row, now);
      } catch (thrown) {
        if (signal.aborted) return;
        if (asProblem(thrown).status !== 404) {
          // The reading of the list tells what is wrong; the next bell goes on here.
          stale.add(next);
          break;
        }
        put(row, null);
      }
      if (count % ROWS_A_TURN === 0) await new Promise((done) => setTimeout(done, TURN_MS));
      if (signal.aborted) return;
    }
    mending = null;
  }

  const key = $derived(wanted()(undefined).key);
  $effect(() => {
    void key;
    untrack(() => {
      current = wanted();
      error = undefined;
      const known = cache.peek<List<T>>(key);
      ready = known !== undefined;
      first(known ?? { items: [], next_cursor: null });
      running = read(undefined, first, false);
    });
    return () => {
      controller.abort();
      mending?.abort();
      mending = null;
      stale.clear();
    };
  });

  return {
    get items() {
      return items;
    },
    get error() {
      return error;
    },
    get loading() {
      return loading;
    },
    get busy() {
      return busy;
    },
    get ready() {
      return ready;
    },
    get hasMore() {
      return cursor !== null;
    },
    get waiting() {
      return held.length;
    },
    get waitingMore() {
      return held.length > 0 && gap !== null;
    },
    async more() {
      if (cursor === null || busy) return;
      running = read(
        cursor,
        (list) => {
          const shown = new Set(items.map(id));
          items = [...items, ...list.items.filter((item) => !shown.has(id(item)))];
          cursor = list.next_cursor ?? null;
        },
        false,
      );
      await running;
    },
    async refresh(changed) {
      if (changed && one) for (const item of items) if (changed(item)) stale.add(id(item));
      await readAgain(merge);
      void mend();
    },
    show() {
      if (gap) return first(gap);
      items = [...held, ...items];
      held = [];
    },
    reload: () => readAgain(first),
  };
}
