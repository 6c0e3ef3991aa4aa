/**
 * Scrolling through more than a browser can make high. Elements end somewhere between 17 and 33 million
 * pixels: beyond eight, the scrollbar moves over a smaller canvas, and small movements stay what they are.
 * Pure.
 */

export const CANVAS_MAX_PX = 8_000_000;

/** Where one is in the log, and where the scrollbar is. */
export type Place = { top: number; scroll: number };
/** How high the log is, and how much of it is seen. */
export type Size = { total: number; view: number };

/** Further than this at once is a jump with the scrollbar, not a turn of the wheel. */
const JUMP_VIEWS = 2;

export const canvasOf = ({ total }: Size): number => Math.min(total, CANVAS_MAX_PX);

const reach = (length: number, view: number) => Math.max(0, length - view);
const within = (top: number, { total, view }: Size) =>
  Math.min(Math.max(0, top), reach(total, view));

/** Where the scrollbar belongs for a place in the log. */
export function scrollOf(top: number, size: Size): number {
  const clamped = within(top, size);
  if (size.total <= CANVAS_MAX_PX) return clamped;
  return (clamped / reach(size.total, size.view)) * reach(CANVAS_MAX_PX, size.view);
}

/** Where one is after the scrollbar has moved. */
export function moved(before: Place, scroll: number, size: Size): Place {
  if (size.total <= CANVAS_MAX_PX) return { top: scroll, scroll };
  const by = scroll - before.scroll;
  const top =
    Math.abs(by) <= size.view * JUMP_VIEWS
      ? before.top + by
      : (scroll / reach(CANVAS_MAX_PX, size.view)) * reach(size.total, size.view);
  return { top: within(top, size), scroll };
}

/** The scrollbar came to its end and the log did not, or the other way: it must be put right at once. */
export function isStuck({ top, scroll }: Place, size: Size): boolean {
  const end = reach(canvasOf(size), size.view);
  const last = reach(size.total, size.view);
  const near = (a: number, b: number) => Math.abs(a - b) < 1;
  return near(scroll, 0) !== near(top, 0) || near(scroll, end) !== near(top, last);
}
