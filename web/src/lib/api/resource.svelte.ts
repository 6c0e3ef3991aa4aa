/**
 * Readings that a component follows. Call them while the component is set up.
 *
 *     const build = resource(() => reading('/builds/{id}', { path: { id } }));
 *     {#if build.data} ... {:else if build.error} ... {:else if build.loading} ...
 */
import { untrack } from 'svelte';
import { cache } from './cache';
import type { Reading } from './client';
import { asProblem, isAbort, type Problem } from './problem';
import type { List } from './types';

/** A quick answer shows no skeleton: it would only flicker. */
const LOADING_AFTER_MS = 150;

export type Resource<T> = {
  readonly data: T | undefined;
  readonly error: Problem | undefined;
  /** Nothing to show yet, and that for longer than 150 ms. */
  readonly loading: boolean;
  /** A reading is under way, whatever is shown meanwhile. */
  readonly busy: boolean;
  /** Reads again; what is shown stays until the answer is there. */
  reload(): Promise<void>;
  /** Shows this without asking, after a change whose answer is the new state. */
  set(data: T): void;
};

export function resource<T>(wanted: () => Reading<T> | null): Resource<T> {
  let data = $state.raw<T>();
  let error = $state.raw<Problem>();
  let busy = $state(false);
  let loading = $state(false);
  let current: Reading<T> | null = null;
  let controller = new AbortController();

  async function load(): Promise<void> {
    const asked = current;
    if (!asked) return;
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    busy = true;
    const timer = setTimeout(() => (loading = data === undefined && busy), LOADING_AFTER_MS);
    try {
      const answer = await cache.read(asked, signal);
      if (signal.aborted) return;
      data = answer;
      error = undefined;
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      error = asProblem(thrown);
    } finally {
      clearTimeout(timer);
      if (!signal.aborted) {
        busy = false;
        loading = false;
      }
    }
  }

  const key = $derived(wanted()?.key ?? null);
  $effect(() => {
    void key;
    untrack(() => {
      current = wanted();
      error = undefined;
      loading = false;
      // Another address shows its own last answer, never the former one's.
      data = current ? cache.peek<T>(current.key) : undefined;
      void load();
    });
    return () => controller.abort();
  });

  return {
    get data() {
      return data;
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
    reload: load,
    set(next) {
      data = next;
      if (current) cache.keep(current.key, next);
    },
  };
}

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
  more(): Promise<void>;
  /** Reads the first page again: known rows change in place, new ones wait. */
  refresh(): Promise<void>;
  /** Lets the waiting rows in. */
  show(): void;
  /** From the top again, forgetting what is shown. */
  reload(): Promise<void>;
  /** Changes one row in place, if it is there. */
  put(item: T): void;
};

/**
 * A list by cursor. `id` tells rows apart: a row that is read twice is shown once.
 *
 *     const builds = paged(() => (cursor) => reading('/builds', { query: { branch, cursor } }), (b) => b.id);
 */
export function paged<T>(
  wanted: () => (cursor: string | undefined) => Reading<List<T>>,
  id: (item: T) => string | number,
): Paged<T> {
  let items = $state.raw<T[]>([]);
  let held = $state.raw<T[]>([]);
  /** A newer first page that has no row in common with what is shown. */
  let gap: List<T> | null = null;
  let cursor = $state<string | null>(null);
  let error = $state.raw<Problem>();
  let busy = $state(false);
  let loading = $state(false);
  let ready = $state(false);
  let current: ((cursor: string | undefined) => Reading<List<T>>) | null = null;
  let controller = new AbortController();

  async function read(from: string | undefined, take: (list: List<T>) => void): Promise<void> {
    if (!current) return;
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    busy = true;
    const timer = setTimeout(() => (loading = busy && !ready), LOADING_AFTER_MS);
    try {
      const list = await cache.read(current(from), signal);
      if (signal.aborted) return;
      take(list);
      error = undefined;
      ready = true;
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      error = asProblem(thrown);
    } finally {
      clearTimeout(timer);
      if (!signal.aborted) {
        busy = false;
        loading = false;
      }
    }
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
    held = list.items.filter((item) => !shown.has(id(item)));
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
      void read(undefined, first);
    });
    return () => controller.abort();
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
    async more() {
      if (cursor === null || busy) return;
      await read(cursor, (list) => {
        const shown = new Set(items.map(id));
        items = [...items, ...list.items.filter((item) => !shown.has(id(item)))];
        cursor = list.next_cursor ?? null;
      });
    },
    async refresh() {
      // A reading of older rows is not given up for newer ones: the bell rings again.
      if (busy) return;
      await read(undefined, merge);
    },
    show() {
      if (gap) return first(gap);
      items = [...held, ...items];
      held = [];
    },
    reload: () => read(undefined, first),
    put(item) {
      items = items.map((known) => (id(known) === id(item) ? item : known));
    },
  };
}
