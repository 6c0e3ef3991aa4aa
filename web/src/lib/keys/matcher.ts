/** Turns key presses into shortcuts. Pure: the time comes with the press. */

/** How long `g` waits for its second key. */
export const SEQUENCE_MS = 1_500;

export type Shortcut = {
  /** `d`, `?`, `g h` (one after the other), `mod+k` (Ctrl, or Command on a Mac). */
  keys: string;
  label: string;
  group: string;
  run: () => void;
  /** Also while typing and when single keys are switched off; only for `mod+` and Escape. */
  always?: boolean;
};

export type Press = {
  key: string;
  /** Command on a Mac, Ctrl elsewhere. */
  mod: boolean;
  /** Any other key that makes of a letter something else: Alt, and the one of both that is not `mod`. */
  alt: boolean;
  shift: boolean;
  /** Milliseconds, of any clock that only goes forward. */
  at: number;
  typing: boolean;
};

/** Held down, keys that move go on; everything else happens once. */
export const goesOn = (keys: string): boolean => /^[jkfFnN[\]]$/.test(keys);

/** The keys of each press, one after the other: `mod+k` is one press of two, `g h` two of one. */
export const pressesOf = (keys: string): string[][] =>
  // What follows nothing is the key `+` itself.
  keys.split(' ').map((press) => press.split(/\+(?=.)/));

/** Those that work: of equal keys the one that came last, as `match` takes it. */
export const inForce = (shortcuts: readonly Shortcut[]): Shortcut[] =>
  shortcuts.filter((one) => shortcuts.findLast(({ keys }) => keys === one.keys) === one);

export class Matcher {
  #before: string | null = null;
  #beforeAt = 0;

  /** The first key of a sequence was pressed. */
  get isUnderWay(): boolean {
    return this.#before !== null;
  }

  /** The shortcut that this press completes; of equal keys the one registered last counts. */
  match(press: Press, shortcuts: readonly Shortcut[], singleKeys: boolean): Shortcut | null {
    // Alone, Shift tells itself: `F`, `?`. With `mod` it is another shortcut, the browser's own perhaps.
    const key = press.mod && press.key.length === 1 ? press.key.toLowerCase() : press.key;
    const shift = press.mod && press.shift ? 'shift+' : '';
    const name = `${press.mod ? 'mod+' : ''}${press.alt ? 'alt+' : ''}${shift}${key}`;
    const usable = shortcuts.filter((shortcut) => shortcut.always || (!press.typing && singleKeys));
    const before =
      this.#before !== null && press.at - this.#beforeAt <= SEQUENCE_MS ? this.#before : null;
    this.#before = null;
    const whole = before === null ? name : `${before} ${name}`;
    const found = usable.findLast(({ keys }) => keys === whole);
    if (found) return found;
    if (before === null && usable.some(({ keys }) => keys.startsWith(`${name} `))) {
      this.#before = name;
      this.#beforeAt = press.at;
      return null;
    }
    // `g` and then something that no sequence knows: the second key stands for itself.
    return before === null ? null : (usable.findLast(({ keys }) => keys === name) ?? null);
  }
}
