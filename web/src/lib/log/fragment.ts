/** Lines in an address: `#L12`, `#L12-L20`. Pure. */
import type { Span } from './rows';

export function linesOf(fragment: string): Span | null {
  const found = /^#?L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(fragment);
  if (!found) return null;
  const one = Number(found[1]);
  const other = Number(found[2] ?? found[1]);
  if (one < 1 || other < 1) return null;
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

/** What there is of them in a log of so many lines; `null`: none is there. */
export const within = ({ from, to }: Span, lines: number): Span | null =>
  from > lines ? null : { from, to: Math.min(to, lines) };

export const fragmentOf = (lines: Span | null): string =>
  lines === null
    ? ''
    : lines.from === lines.to
      ? `#L${lines.from}`
      : `#L${lines.from}-L${lines.to}`;

/** `line 12`, `lines 12 to 20`. */
export const linesInWords = ({ from, to }: Span): string =>
  from === to ? `line ${from}` : `lines ${from} to ${to}`;
