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

/** A quick answer shows no skeleton: it would only flicker. */
export const LOADING_AFTER_MS = 150;

export type Resource<T> = {
  readonly data: T | undefined;
  readonly error: Problem | undefined;
  /** Nothing to show yet, and that for longer than 150 ms. */
  readonly loading: boolean;
  /** A reading is under way, whatever is shown meanwhile. */
  readonly busy: boolean;
  /** Reads again, or once more after what is under way; what is shown stays until the answer is there. */
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
  let running = Promise.resolve();
  /** The bell rang while it was read. */
  let again = false;

  async function load(anew: boolean): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    busy = current !== null;
    const timer = setTimeout(() => (loading = data === undefined && busy), LOADING_AFTER_MS);
    for (let asked = current; asked; asked = again ? current : null) {
      again = false;
      try {
        const answer = await cache.read(asked, signal, anew);
        if (signal.aborted) break;
        data = answer;
        error = undefined;
      } catch (thrown) {
        if (signal.aborted) break;
        if (!isAbort(thrown)) error = asProblem(thrown);
      }
      anew = true;
    }
    clearTimeout(timer);
    if (!signal.aborted) busy = loading = false;
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
      running = load(false);
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
    reload() {
      // One that is under way is not given up: where much happens none would ever end.
      if (untrack(() => busy)) again = true;
      else running = load(true);
      return running;
    },
    set(next) {
      data = next;
      if (current) cache.keep(current.key, next, current.weight?.(next));
      // What is still on its way may be older.
      if (untrack(() => busy)) running = load(true);
    },
  };
}
