/**
 * Reads the next page of a list before its end is in sight.
 *
 *     readAhead(() => ({ end, list: builds, unasked: 5 }));
 */
import type { Paged } from '$lib/api/paged.svelte';

/** So near comes the end before there is more. */
const AHEAD_PX = 600;

type Wish<T> = {
  /** What stands below the last row. */
  end: HTMLElement | undefined;
  list: Paged<T>;
  /** Pages read without anybody scrolling: a filter that finds nothing must not read on for ever. */
  unasked: number;
};

export function readAhead<T>(wish: () => Wish<T>): void {
  let scrolls = $state(0);
  let read = 0;
  $effect(() => {
    const scrolled = () => {
      read = 0;
      scrolls += 1;
    };
    addEventListener('scroll', scrolled, { passive: true });
    return () => removeEventListener('scroll', scrolled);
  });
  $effect(() => {
    void scrolls;
    const { end, list, unasked } = wish();
    // Another list begins at its top.
    if (!list.ready) read = 0;
    if (!end || !list.hasMore || list.busy || list.error || read >= unasked) return;
    // With the next picture: to measure now would lay out the page in the task that has just made its rows.
    const frame = requestAnimationFrame(() => {
      if (end.getBoundingClientRect().top > innerHeight + AHEAD_PX) return;
      read += 1;
      void list.more();
    });
    return () => cancelAnimationFrame(frame);
  });
}
