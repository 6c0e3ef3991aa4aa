/** Follows what reaches an endpoint from the moment a page begins to look. */
import { untrack } from 'svelte';
import { get } from '$lib/api/client';
import { asProblem, isAbort, type Problem } from '$lib/api/problem';
import { session } from '$lib/api/session.svelte';
import type { Build, Event, Key, Provider } from '$lib/api/types';
import { onChange } from '$lib/live/live.svelte';
import { Arrivals, type Row } from './arrivals';

const PAGE = 100;
/** A flood from other senders is looked through this far and no farther. */
const PAGES_MAX = 3;
const DAY_MS = 24 * 3_600_000;

export type Waiting = ReturnType<typeof waitFor>;

export function waitFor(provider: Provider, keyId: () => number | null) {
  let arrivals = $state.raw<Arrivals | null>(null);
  let rows = $state.raw<Row[]>([]);
  let first = $state.raw<Event | null>(null);
  let build = $state.raw<Build | null>(null);
  let keys = $state.raw<Key[]>([]);
  let problem = $state.raw<Problem | null>(null);
  let running: Promise<void> | null = null;
  let again = false;

  async function begin(): Promise<Arrivals> {
    const [events, refusals, sources] = await Promise.all([
      get('/events', { query: { limit: 1 } }),
      get('/refusals', { query: { limit: PAGE } }),
      get('/sources', { query: { limit: 500 } }),
    ]);
    const lately = Date.now() - DAY_MS;
    return new Arrivals(provider, {
      entry: events.items[0]?.entry_id ?? 0,
      refusals: refusals.items,
      sources: sources.items
        .filter((one) => one.provider === provider && Date.parse(one.last_event_at) > lately)
        .flatMap(({ name }) => (name === null ? [] : [name])),
    });
  }

  async function readEvents(known: Arrivals): Promise<void> {
    const floor = known.floor;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const list = await get('/events', { query: { limit: PAGE, cursor } });
      known.takeEvents(list.items);
      const last = list.items.at(-1);
      if (!last || last.entry_id <= floor || !list.next_cursor) return;
      cursor = list.next_cursor;
    }
  }

  /**
   * When the chosen key was first used by somebody else than this page; `null`: not yet, or nobody can
   * tell. Only asked for where other senders might be taken for the new one.
   */
  let usedAt: string | null = null;
  let usedId: number | null = null;
  async function keyUse(known: Arrivals): Promise<string | null> {
    const id = keyId();
    if (session.may('admin')) keys = (await get('/keys', { query: { limit: 500 } })).items;
    if (id !== usedId) [usedId, usedAt] = [id, null];
    const last = keys.find((key) => key.id === id)?.last_used_at ?? null;
    const ours = known.ourLast;
    if (usedAt === null && last !== null && (ours === null || last > ours)) usedAt = last;
    return usedAt;
  }

  async function look(): Promise<void> {
    const known = (arrivals ??= await begin());
    const [, refusals] = await Promise.all([
      readEvents(known),
      get('/refusals', { query: { limit: PAGE } }),
    ]);
    known.takeRefusals(refusals.items);
    const used = known.rows().length > 0 ? await keyUse(known) : null;
    const best = known.best(used);
    const wanted = best?.builds[0];
    if (wanted && build?.id !== wanted) build = await get('/builds/{id}', { path: { id: wanted } });
    first = best;
    rows = known.rows();
  }

  /** Looks once more after what is under way: a bell that rings meanwhile is not lost. */
  function tick(): Promise<void> {
    if (running) {
      again = true;
      return running;
    }
    running = look()
      .then(
        () => (problem = null),
        (thrown) => {
          if (!isAbort(thrown)) problem = asProblem(thrown);
        },
      )
      .finally(() => {
        running = null;
        if (!again) return;
        again = false;
        void tick();
      })
      .then(() => undefined);
    return running;
  }

  onChange(['event', 'build', 'refused', 'key'], () => void tick());
  $effect(() => untrack(() => void tick()));

  return {
    /** Looks since then; before, nothing can be promised. */
    get looking() {
      return arrivals !== null;
    },
    get rows() {
      return rows;
    },
    get first() {
      return first;
    },
    /** Senders that were there before: their events show as well. */
    get others() {
      return arrivals?.others ?? [];
    },
    /** The build that the first event tells of, once it was read. */
    get build() {
      return build && first?.builds.includes(build.id) ? build : null;
    },
    get problem() {
      return problem;
    },
    keyName: (id: number | null) => keys.find((key) => key.id === id)?.name ?? null,
    sentByUs(entry: number) {
      arrivals?.sentByUs(entry);
      void tick();
    },
    retry: tick,
  };
}
