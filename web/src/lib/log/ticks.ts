/** The marks beside the scrollbar: what is where in the whole log. Pure. */
import type { Rows } from './rows';

/** Heights of marks, each once: ten thousand errors are no more marks than there is room for. */
export function ticksOf(lines: readonly number[], rows: Rows, height: number): number[] {
  if (rows.count === 0 || height <= 0) return [];
  const found = new Set<number>();
  for (const line of lines) {
    found.add(Math.min(height - 1, Math.floor((rows.row(line) / rows.count) * height)));
  }
  return [...found];
}

/** The next of some lines in one direction, going round. */
export function nextOf(lines: readonly number[], from: number, by: 1 | -1): number | null {
  const next = by === 1 ? lines.find((line) => line > from) : lines.findLast((line) => line < from);
  return next ?? (by === 1 ? lines[0] : lines.at(-1)) ?? null;
}
