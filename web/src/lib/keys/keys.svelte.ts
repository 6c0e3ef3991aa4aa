/**
 * Shortcuts of the page that is shown. Call `shortcuts` while a component is set up; they go with it.
 *
 *     shortcuts('Build', [{ keys: 'f', label: 'Next failure', run: next }]);
 */
import { tick } from 'svelte';
import { prefs } from '$lib/prefs/prefs.svelte';
import { place } from '$lib/url/place.svelte';
import { goesOn, inForce, Matcher, type Press, pressesOf, type Shortcut } from './matcher';

/**
 * The lists that count, in the order they came. No state of Svelte's: what takes a list away runs while
 * others are added, and would read how things were before that, and put it back.
 */
const ofPage = new Set<readonly Shortcut[]>();
/** Of the shell. Which component is set up first says nothing: a page may be there before what is around it. */
const ofShell = new Set<readonly Shortcut[]>();
/** Tells those who show them. Counted beside, for the same reason. */
let changes = 0;
let seen = $state.raw(0);
const matcher = new Matcher();

/** What a page has for itself comes after what works everywhere, and so goes before it. */
const registered = (): readonly Shortcut[] => [...ofShell, ...ofPage].flat();

/** All that work now: the page's, then the shell's that it does not take over. */
export const current = {
  get all(): readonly Shortcut[] {
    void seen;
    const shell = new Set([...ofShell].flat());
    const all = inForce(registered());
    return [...all.filter((one) => !shell.has(one)), ...all.filter((one) => shell.has(one))];
  },
};

export type Wanted = Omit<Shortcut, 'group'>;

export function shortcuts(group: string, wanted: Wanted[] | (() => Wanted[])): void {
  register(ofPage, group, wanted);
}

/** Those of the shell: they work on every page that has none of the same keys. */
export function everywhere(group: string, wanted: Wanted[]): void {
  register(ofShell, group, wanted);
}

function register(
  lists: Set<readonly Shortcut[]>,
  group: string,
  wanted: Wanted[] | (() => Wanted[]),
): void {
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
/** A page that comes later than this is not the one that somebody pressed a key for. */
const EARLY_MS = 3_000;
/** The last press while a page was on its way: it is meant for that page, not for the one it takes the place of. */
let early: Press | null = null;

/** A page is shown: what was pressed for it already is done now. */
export async function arrived(): Promise<void> {
  await tick();
  const press = early;
  early = null;
  if (!press || performance.now() - press.at > EARLY_MS) return;
  matcher.match(press, registered(), prefs.keys)?.run();
}

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"]';

export function onKeydown(event: KeyboardEvent): void {
  early = null;
  if (event.defaultPrevented || event.isComposing) return;
  const target = event.target instanceof Element ? event.target : null;
  const press = {
    key: event.key,
    mod: isMac ? event.metaKey : event.ctrlKey,
    alt: event.altKey || (isMac ? event.ctrlKey : event.metaKey),
    shift: event.shiftKey,
    at: event.timeStamp,
    typing: target?.matches(TYPING) ?? false,
  };
  // A dialog has the keyboard for itself, and so has an open menu.
  const isTaken = document.querySelector('dialog[open], :popover-open') !== null;
  const found = matcher.match(
    press,
    isTaken
      ? registered().filter((shortcut) => shortcut.always)
      : place.isLeft
        ? [...ofShell].flat()
        : registered(),
    prefs.keys,
  );
  if (!found) {
    if (place.isLeft && !isTaken && !event.repeat && !matcher.isUnderWay) early = press;
    return;
  }
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
