/**
 * Shortcuts of the page that is shown. Call `shortcuts` while a component is set up; they go with it.
 *
 *     shortcuts('Build', [{ keys: 'f', label: 'Next failure', run: next }]);
 */
import { prefs } from '$lib/prefs/prefs.svelte';
import { goesOn, Matcher, pressesOf, type Shortcut } from './matcher';

/**
 * The lists that count, in the order they came. No state of Svelte's: what takes a list away runs while
 * others are added, and would read how things were before that, and put it back.
 */
const lists = new Set<readonly Shortcut[]>();
/** Tells those who show them. Counted beside, for the same reason. */
let changes = 0;
let seen = $state.raw(0);
const matcher = new Matcher();

const registered = (): readonly Shortcut[] => [...lists].flat();

/** All that work now, in the order they came: the shell's first. */
export const current = {
  get all(): readonly Shortcut[] {
    void seen;
    return registered();
  },
};

export type Wanted = Omit<Shortcut, 'group'>;

export function shortcuts(group: string, wanted: Wanted[] | (() => Wanted[])): void {
  $effect(() => {
    const list = typeof wanted === 'function' ? wanted() : wanted;
    const mine = list.map((shortcut) => ({ ...shortcut, group }));
    lists.add(mine);
    seen = ++changes;
    return () => {
      lists.delete(mine);
      seen = ++changes;
    };
  });
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"]';

export function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const target = event.target instanceof Element ? event.target : null;
  const found = matcher.match(
    {
      key: event.key,
      mod: isMac ? event.metaKey : event.ctrlKey,
      alt: event.altKey || (isMac ? event.ctrlKey : event.metaKey),
      shift: event.shiftKey,
      at: event.timeStamp,
      typing: target?.matches(TYPING) ?? false,
    },
    // A dialog has the keyboard for itself, and so has an open menu.
    document.querySelector('dialog[open], :popover-open')
      ? registered().filter((shortcut) => shortcut.always)
      : registered(),
    prefs.keys,
  );
  if (!found) return;
  event.preventDefault();
  if (!event.repeat || goesOn(found.keys)) found.run();
}

/** `mod+k` as this keyboard writes it. */
export function keyNames(keys: string): string[][] {
  return pressesOf(keys).map((press) =>
    press.map((key) => {
      if (key === 'mod') return isMac ? '⌘' : 'Ctrl';
      return key.length === 1 && press.includes('mod') ? key.toUpperCase() : key;
    }),
  );
}
