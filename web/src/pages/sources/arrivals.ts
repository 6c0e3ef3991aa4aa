/**
 * What reached an endpoint since a page began to look: accepted and refused requests in one list, and
 * the one that proves the way. Pure; the page reads the lists and hands them in.
 */
import type { Event, Provider, Refusal } from '$lib/api/types';

/** Rows that are kept; of more the oldest go. */
export const ROWS_MAX = 50;

export type Row =
  | { kind: 'event'; id: string; at: string; event: Event; ours: boolean }
  | { kind: 'refused'; id: string; at: string; refusal: Refusal; count: number };

/** What was there before: only what differs from it has arrived since. */
export type Before = {
  /** The newest entry. */
  entry: number;
  refusals: Refusal[];
  /** Names of senders of this provider that were heard of in the last day. */
  sources: string[];
};

export class Arrivals {
  readonly #provider: Provider;
  readonly #before: Before;
  readonly #counts: Map<number, number>;
  #events = new Map<number, Event>();
  #refusals = new Map<number, Refusal>();
  #ours = new Set<number>();
  #newest: number;
  /** The entry that proved the way: kept however many come after. */
  #best: number | null = null;

  constructor(provider: Provider, before: Before) {
    this.#provider = provider;
    this.#before = before;
    this.#newest = before.entry;
    this.#counts = new Map(before.refusals.map(({ id, count }) => [id, count]));
  }

  /** Entries above this one have to be looked at: new ones, and those that were not read yet. */
  get floor(): number {
    const pending = [...this.#events.values()].filter(({ status }) => status === 'pending');
    return Math.min(this.#newest, ...pending.map(({ entry_id }) => entry_id - 1));
  }

  /** Entry `id` is a test that this page sent: it proves nothing about the way. */
  sentByUs(id: number): void {
    this.#ours.add(id);
  }

  takeEvents(items: readonly Event[]): void {
    for (const event of items) {
      if (event.entry_id <= this.#before.entry) continue;
      this.#newest = Math.max(this.#newest, event.entry_id);
      if (event.provider === this.#provider) this.#events.set(event.entry_id, event);
    }
    const surplus = [...this.#events.keys()].sort((a, b) => b - a).slice(ROWS_MAX);
    for (const id of surplus) if (id !== this.#best) this.#events.delete(id);
  }

  takeRefusals(items: readonly Refusal[]): void {
    for (const refusal of items) {
      // At an address that does not exist nobody can tell the provider.
      const astray = refusal.provider === 'other' && refusal.code === 'not_found';
      if (refusal.provider !== this.#provider && !astray) continue;
      if (refusal.count > (this.#counts.get(refusal.id) ?? 0))
        this.#refusals.set(refusal.id, refusal);
    }
  }

  /** Newest first. */
  rows(): Row[] {
    const events: Row[] = [...this.#events.values()].map((event) => ({
      kind: 'event',
      id: `e${event.entry_id}`,
      at: event.received_at,
      event,
      ours: this.#ours.has(event.entry_id),
    }));
    const refusals: Row[] = [...this.#refusals.values()].map((refusal) => ({
      kind: 'refused',
      id: `r${refusal.id}`,
      at: refusal.at,
      refusal,
      count: refusal.count - (this.#counts.get(refusal.id) ?? 0),
    }));
    return [...events, ...refusals]
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
      .slice(0, ROWS_MAX);
  }

  /** Senders that were there already, and might be taken for the new one. */
  get others(): readonly string[] {
    return this.#before.sources;
  }

  /**
   * The event that proves the way, the most telling first: of a build, of anything else, a test of the
   * provider's. Where senders were there before, theirs count only from `keyUsedAt` on, when the
   * wizard's own key was first used.
   */
  best(keyUsedAt: string | null = null): Event | null {
    let best: Event | null = null;
    for (const event of this.#events.values()) {
      if (this.#ours.has(event.entry_id) || !this.#proves(event, keyUsedAt)) continue;
      const better = best === null ? 1 : rank(event) - rank(best);
      if (better > 0 || (better === 0 && best && event.entry_id < best.entry_id)) best = event;
    }
    this.#best = best?.entry_id ?? null;
    return best;
  }

  #proves(event: Event, keyUsedAt: string | null): boolean {
    if (this.others.length === 0) return true;
    if (event.source !== null && !this.others.includes(event.source)) return true;
    if (keyUsedAt === null) return false;
    // A key is noted as used just before its entry is stored, by the same clock.
    return Date.parse(event.received_at) >= Date.parse(keyUsedAt);
  }

  /** When the newest test of this page was received. */
  get ourLast(): string | null {
    const times = [...this.#events.values()]
      .filter(({ entry_id }) => this.#ours.has(entry_id))
      .map(({ received_at }) => received_at);
    return times.sort().at(-1) ?? null;
  }
}

function rank(event: Event): number {
  if (event.answer === 'test' || event.type === 'ping') return 0;
  return event.builds.length > 0 ? 2 : 1;
}

/** Whether it only tells that somebody pressed the provider's test button or saved the settings. */
export const isTest = (event: Event): boolean => rank(event) === 0;
