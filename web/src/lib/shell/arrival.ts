/** What happens around a change of page: focus, scroll position, and clicks that are not ours to take. */
import { tick } from 'svelte';

/** How long a page that is gone back to may take until it is high enough to scroll to where it was. */
const GROW_MAX_MS = 3_000;

const KEY = 'creel.scroll';
/** Places remembered; a tab that is open for weeks must not grow. */
const PLACES_MAX = 100;

let before: string | null = null;
let travelling = false;
let leaving = 0;

/** With its page: an address that is typed into the tab begins at its top, not where the last page was. */
const entry = (): string => `${history.state?._routerIndex ?? 0}${location.pathname}`;

function positions(): Record<string, number> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
}

function remember(): void {
  try {
    const known = Object.entries({ ...positions(), [entry()]: Math.round(scrollY) });
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(known.slice(-PLACES_MAX))));
  } catch {
    // Without storage a page starts at its top: no harm.
  }
}

/** The router's own click handler knows no modifier keys: what opens beside must not open here too. */
export function watchClicks(): void {
  document.addEventListener('click', (event) => {
    const modified =
      event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    const inLink = event.target instanceof Element && event.target.closest('a');
    if (inLink && (modified || event.defaultPrevented)) event.stopPropagation();
  });
}

export function watchScroll(): void {
  history.scrollRestoration = 'manual';
  // Back and forward change the entry before anybody is asked: the position is kept while it scrolls.
  addEventListener(
    'scroll',
    () => {
      clearTimeout(leaving);
      leaving = window.setTimeout(remember, 100);
    },
    { passive: true },
  );
  addEventListener('popstate', () => {
    clearTimeout(leaving);
    travelling = true;
  });
  addEventListener('pagehide', remember);
}

function scrollBack(): void {
  const wanted = positions()[entry()] ?? 0;
  const until = performance.now() + GROW_MAX_MS;
  let mine = 0;
  const step = () => {
    // Whoever scrolls meanwhile is right.
    if (Math.abs(scrollY - mine) > 2) return;
    scrollTo({ top: wanted, behavior: 'instant' });
    mine = scrollY;
    if (mine < wanted - 1 && performance.now() < until) requestAnimationFrame(step);
  };
  scrollTo({ top: 0, behavior: 'instant' });
  if (wanted > 0) step();
}

/** After each arrival: another page gets the focus at its heading; one gone back to, its position. */
export function arrive(): void {
  const first = before === null;
  const samePage = before === location.pathname;
  const back = travelling;
  before = location.pathname;
  travelling = false;
  if (samePage && !back) {
    // Another filter of the same page is another place to come back to, and nothing scrolled to it.
    remember();
    return;
  }
  void tick().then(() => {
    if (back || first) scrollBack();
    // Where there is one thing to do, it begins at once.
    const field = document.querySelector<HTMLElement>('main[data-door] input:not([readonly])');
    if (field) return field.focus();
    if (first || samePage) return;
    const fragment = location.hash && document.getElementById(location.hash.slice(1));
    if (fragment) fragment.scrollIntoView();
    const heading = document.querySelector<HTMLElement>('main h1');
    heading?.focus({ preventScroll: true });
  });
}
