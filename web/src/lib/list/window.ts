/** Which rows of a long list are worth having in the page. Pure. */

export type Range = { from: number; to: number };

/** Rows kept above and below what is seen, so that scrolling shows no gap. */
const SPARE = 15;

/**
 * `above`: pixels of the list that are scrolled out at the top; `height`: pixels that are seen. Up to
 * `whole` rows nothing is left out: the browser's own search then finds everything.
 */
export function rangeOf(
  seen: { above: number; height: number; row: number },
  count: number,
  whole: number,
): Range {
  if (count <= whole) return { from: 0, to: count };
  const first = Math.floor(Math.max(0, seen.above) / seen.row);
  const shown = Math.ceil(seen.height / seen.row) + 1;
  const from = Math.min(Math.max(0, first - SPARE), Math.max(0, count - shown - 2 * SPARE));
  return { from, to: Math.min(count, Math.max(first, from) + shown + SPARE) };
}
