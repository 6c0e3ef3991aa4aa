/** What somebody does not want to see for a while, kept in this browser. Pure but for the store it is given. */

export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export const SNOOZE_KEY = 'creel.snoozed';
/** Kept at most; what was snoozed longest ago goes first. */
const SNOOZED_MAX = 200;

/** Until when, by the key of the trouble. */
export type Snoozed = ReadonlyMap<string, number>;

export function readSnoozed(store: Store | undefined, now: number): Snoozed {
  try {
    const kept: unknown = JSON.parse(store?.getItem(SNOOZE_KEY) ?? '[]');
    if (!Array.isArray(kept)) return new Map();
    return new Map(
      kept.filter(
        (pair): pair is [string, number] =>
          Array.isArray(pair) &&
          typeof pair[0] === 'string' &&
          typeof pair[1] === 'number' &&
          pair[1] > now,
      ),
    );
  } catch {
    // Storage can be forbidden, and hold anything: then nothing is snoozed.
    return new Map();
  }
}

export function keepSnoozed(store: Store | undefined, snoozed: Snoozed): void {
  try {
    if (snoozed.size === 0) store?.removeItem(SNOOZE_KEY);
    else store?.setItem(SNOOZE_KEY, JSON.stringify([...snoozed].slice(-SNOOZED_MAX)));
  } catch {
    // It then lasts as long as the page.
  }
}
