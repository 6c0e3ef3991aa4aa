/**
 * The part of a long list that is in the page, following the window's scrolling.
 *
 *     const rows = windowed(() => ({ list, count: items.length, row: 32, whole: 200 }));
 *     <tr style:height="{rows.before}px"> ... items.slice(rows.from, rows.to) ... <tr style:height="{rows.after}px">
 */
import { type Range, rangeOf } from './window';

type Wish = {
  /** What holds the rows and nothing above them. */
  list: HTMLElement | undefined;
  count: number;
  /** Height of a row in pixels. */
  row: number;
  /** Up to so many rows nothing is left out. */
  whole: number;
};

export function windowed(wish: () => Wish) {
  let above = $state(0);
  let height = $state(innerHeight);
  const range = $derived.by((): Range => {
    const { count, row, whole } = wish();
    return rangeOf({ above, height, row }, count, whole);
  });

  $effect(() => {
    const { list, count, whole } = wish();
    if (!list || count <= whole) return;
    let frame = 0;
    const look = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        above = -list.getBoundingClientRect().top;
        height = innerHeight;
      });
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  });

  return {
    get from() {
      return range.from;
    },
    get to() {
      return range.to;
    },
    /** Height of the rows that are left out. */
    get before() {
      return range.from * wish().row;
    },
    get after() {
      return (wish().count - range.to) * wish().row;
    },
    /** Scrolls so that a row that may be left out is in the page, and in sight. */
    reveal(index: number): void {
      const { list, row } = wish();
      if (!list) return;
      const top = list.getBoundingClientRect().top + index * row;
      // Below the bar and the sticky head, above the bar at the bottom of small windows.
      const [first, last] = [90, innerHeight - 70 - row];
      if (top < first) scrollBy({ top: top - first, behavior: 'instant' });
      else if (top > last) scrollBy({ top: top - last, behavior: 'instant' });
      above = -list.getBoundingClientRect().top;
      height = innerHeight;
    },
  };
}
