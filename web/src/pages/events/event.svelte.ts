/** One event as it is stored, its body byte for byte, and what can be done with it. */
import { post, readingText, type Reading } from '$lib/api/client';
import { asProblem } from '$lib/api/problem';
import { resource } from '$lib/api/resource.svelte';
import type { EventDetail } from '$lib/api/types';
import { onChange } from '$lib/live/live.svelte';
import { lookOf, toast } from '$lib/ui';
import type { Json } from '$lib/ui/json';
import { memberText } from './member';

export type Stored = {
  event: EventDetail;
  /** As it was sent, but for its secrets; `null` once it is no longer kept. */
  raw: string | null;
  /** What the raw body says as JSON; `undefined` where it is none. */
  json: Json | undefined;
};

/** While a replay waits, we look also without being told: live changes may be paused. */
const LOOK_EVERY_MS = 1_000;

export function storedOf(answer: string): Stored {
  const event = JSON.parse(answer) as EventDetail;
  const body = event.body as Json | undefined;
  if (body === null || body === undefined) return { event, raw: null, json: undefined };
  const raw = memberText(answer, 'body') as string;
  // A body that is no JSON comes as a text in quotes, which were not sent and hence not counted.
  if (typeof body === 'string' && new TextEncoder().encode(raw).length !== event.bytes) {
    return { event, raw: body, json: undefined };
  }
  return { event, raw, json: body };
}

export const eventReading = (id: number): Reading<Stored> => ({
  ...readingText('/events/{entry_id}', storedOf, { path: { entry_id: id } }),
  weight: ({ event }) => event.bytes,
});

export function storedEvent(wanted: () => number | null) {
  const valid = $derived.by(() => {
    const id = wanted();
    return id !== null && Number.isSafeInteger(id) && id > 0 ? id : null;
  });
  const stored = resource(() => (valid === null ? null : eventReading(valid)));
  let asked = $state<number | null>(null);
  let sending = $state(false);

  onChange(['event'], (batch) => {
    if (valid !== null && batch.has('event', valid)) void stored.reload();
  });

  const event = $derived(stored.data?.event);
  const waits = $derived(event !== undefined && asked === event.entry_id);

  $effect(() => {
    if (!waits || !event || stored.busy || sending) return;
    if (event.status === 'pending') {
      const timer = setTimeout(() => void stored.reload(), LOOK_EVERY_MS);
      return () => clearTimeout(timer);
    }
    asked = null;
    toast(
      event.status === 'parked'
        ? 'Read again, and parked again: see the reason'
        : `Read again: ${lookOf(event.status).label.toLowerCase()}`,
      event.status === 'parked' ? 'failed' : undefined,
    );
    return undefined;
  });

  return {
    /** As asked for; `null` when the address holds no number. */
    get id() {
      return valid;
    },
    get stored() {
      return stored.data;
    },
    get event() {
      return event;
    },
    get error() {
      return stored.error;
    },
    get loading() {
      return stored.loading;
    },
    /** It was asked to be read again and is not yet. */
    get replaying() {
      return sending || waits;
    },
    reload: stored.reload,
    async replay(): Promise<void> {
      const before = stored.data;
      if (!before || sending || waits) return;
      const id = before.event.entry_id;
      sending = true;
      try {
        await post('/events/{entry_id}/replay', { path: { entry_id: id } });
        if (stored.data?.event.entry_id !== id) return;
        asked = id;
        stored.set({ ...before, event: { ...before.event, status: 'pending' } });
        await stored.reload();
      } catch (thrown) {
        toast(`It is not read again: ${asProblem(thrown).message}`, 'failed');
      } finally {
        sending = false;
      }
    },
  };
}

export type StoredEvent = ReturnType<typeof storedEvent>;
