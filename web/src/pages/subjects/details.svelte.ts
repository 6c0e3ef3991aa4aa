/** What single events of a timeline say. Read when they come into sight, a few at a time. */
import { SvelteMap } from 'svelte/reactivity';
import { cache } from '$lib/api/cache';
import type { Event } from '$lib/api/types';
import { eventReading } from '../events/event.svelte';
import { branchOf, type Said, saidOf, textOf } from './changes';

const AT_ONCE = 3;
/** A larger body is not read for a line of text. */
const BODY_MAX_BYTES = 500_000;

export type Detail = { said: Said; text: string | null; branch: string | null };

export function details(key: () => string) {
  const known = new SvelteMap<number, Detail>();
  const queue: Event[] = [];
  const asked = new Set<number>();
  let working = 0;
  let controller = new AbortController();
  $effect(() => {
    void key();
    controller = new AbortController();
    return () => {
      controller.abort();
      known.clear();
      asked.clear();
      queue.length = 0;
    };
  });

  async function work(): Promise<void> {
    if (working >= AT_ONCE) return;
    // The one that came into sight last is the one that is looked at.
    const event = queue.pop();
    if (!event) return;
    working += 1;
    const { signal } = controller;
    try {
      const { event: detail, json } = await cache.read(eventReading(event.entry_id), signal);
      if (signal.aborted) return;
      known.set(event.entry_id, {
        said: saidOf(detail, key()),
        text: textOf(json),
        branch: branchOf(json),
      });
    } catch {
      // Its line stays without what it said; its own page tells why.
    } finally {
      working -= 1;
      void work();
    }
  }

  return {
    of: (id: number): Detail | undefined => known.get(id),
    want(event: Event): void {
      if (asked.has(event.entry_id) || event.bytes > BODY_MAX_BYTES) return;
      asked.add(event.entry_id);
      queue.push(event);
      void work();
    },
  };
}
