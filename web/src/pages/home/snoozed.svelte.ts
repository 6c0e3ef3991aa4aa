/** What is snoozed, as the page follows it; tabs agree at once. */
import { clock } from '$lib/prefs/clock.svelte';
import { keepSnoozed, readSnoozed, type Snoozed, SNOOZE_KEY, type Store } from './snooze';

function browserStore(): Store | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

export function snoozing() {
  const store = browserStore();
  let snoozed = $state.raw<Snoozed>(readSnoozed(store, Date.now()));

  $effect(() => {
    const follow = (event: StorageEvent) => {
      if (event.key === SNOOZE_KEY || event.key === null) snoozed = readSnoozed(store, Date.now());
    };
    addEventListener('storage', follow);
    return () => removeEventListener('storage', follow);
  });

  function change(next: Snoozed): void {
    snoozed = next;
    keepSnoozed(store, next);
  }
  return {
    /** Until when; `null`: not snoozed. */
    until: (key: string): number | null => {
      const until = snoozed.get(key);
      return until !== undefined && until > clock.now ? until : null;
    },
    snooze: (key: string, ms: number) =>
      change(new Map([...snoozed].filter(([other]) => other !== key)).set(key, Date.now() + ms)),
    wake: (key: string) => change(new Map([...snoozed].filter(([other]) => other !== key))),
  };
}
