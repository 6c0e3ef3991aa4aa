/** The events of a filter, followed live: one request per tick at most, a bounded number of rows. */
import { untrack } from 'svelte';
import { cache } from '$lib/api/cache';
import { reading, type Reading } from '$lib/api/client';
import { asProblem, isAbort, type Problem } from '$lib/api/problem';
import type { Event, List } from '$lib/api/types';
import { timeOf } from '$lib/list/times';
import { onChange } from '$lib/live/live.svelte';
import type { Filter } from './filter';
import {
  all,
  arrived,
  next,
  none,
  older,
  PAGE,
  patched,
  type Rows,
  stale,
  top,
  waiting,
} from './rows';

/** A quick answer shows no skeleton: it would only flicker. */
const LOADING_AFTER_MS = 150;

/** What was shown last, kept with the other answers, so that going back finds it as it was left. */
const LEFT = 'inbox';
type Left = { key: string; rows: Rows<Event> };

export function inbox(wanted: () => Filter, mayFollow: () => boolean) {
  let rows = $state.raw<Rows<Event>>(none());
  let error = $state.raw<Problem>();
  let busy = $state(false);
  let loading = $state(false);
  let ready = $state(false);
  let controller = new AbortController();
  /** The bell rang while something was read. */
  let again = false;
  let patchedLast = false;
  let current = '';
  let query: Filter;

  const list = (more: { cursor?: string; until?: string } = {}): Reading<List<Event>> =>
    reading('/events', { query: { ...query, limit: PAGE, ...more } });

  async function read(
    what: Reading<List<Event>>,
    take: (list: List<Event>) => void,
  ): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    busy = true;
    const timer = setTimeout(() => (loading = busy && !ready), LOADING_AFTER_MS);
    try {
      const answer = await cache.read(what, signal);
      if (signal.aborted) return;
      take(answer);
      error = undefined;
      ready = true;
      cache.keep(LEFT, { key: current, rows } satisfies Left);
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

  async function tick(): Promise<void> {
    if (busy || !ready) {
      again = busy;
      return;
    }
    again = false;
    const waits = patchedLast ? null : stale(rows);
    patchedLast = waits !== null;
    if (waits) {
      // Rows that were shown before they were read, and that newer ones have driven out of the first
      // page, are asked for by their time. Turn about with the first page.
      const until = new Date(Date.parse(waits.received_at) + 1).toISOString();
      await read(list({ until }), (answer) => (rows = patched(rows, answer.items)));
    } else {
      await read(list(), (answer) => (rows = arrived(rows, answer, mayFollow())));
    }
  }

  const key = $derived(JSON.stringify(wanted()));
  $effect(() => {
    void key;
    untrack(() => {
      const filter = wanted();
      const now = Date.now();
      query = { ...filter, since: timeOf(filter.since, now), until: timeOf(filter.until, now) };
      current = key;
      error = undefined;
      patchedLast = false;
      const left = cache.peek<Left>(LEFT);
      if (left?.key === key) {
        rows = left.rows;
        ready = true;
        void read(list(), (answer) => (rows = arrived(rows, answer, mayFollow())));
      } else {
        rows = none();
        ready = false;
        void read(list(), (answer) => (rows = top(answer)));
      }
    });
    return () => controller.abort();
  });

  onChange(['event'], () => void tick());
  $effect(() => {
    // What rang while a reading was under way is looked at once it is done.
    if (!busy && again) untrack(() => void tick());
  });

  const items = $derived(all(rows));
  const news = $derived(waiting(rows));

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
    /** The first page came: an empty list is then really empty. */
    get ready() {
      return ready;
    },
    get hasMore() {
      return next(rows) !== null;
    },
    /** Newer rows than those at the top were let go. */
    get cut() {
      return rows.cut;
    },
    get waiting() {
      return news;
    },
    async more(): Promise<void> {
      const cursor = next(rows);
      if (cursor === null) return;
      again ||= busy;
      await read(list({ cursor }), (answer) => (rows = older(rows, answer)));
    },
    /** Lets the waiting rows in, and what came since they were read. */
    async show(): Promise<void> {
      if (rows.latest) rows = top(rows.latest);
      await read(list(), (answer) => (rows = top(answer)));
    },
    reload: () => read(list(), (answer) => (rows = top(answer))),
  };
}
