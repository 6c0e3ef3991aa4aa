/** A line cut into pieces of one look each, with what was searched for apart. Pure. */
import type { LogRun } from '$lib/api/types';

export type Piece = { text: string; run: LogRun; hit: boolean };

/** Spans are in UTF-16 units of the line's text, in order. */
export function piecesOf(
  runs: readonly LogRun[],
  spans: readonly (readonly [number, number])[],
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const run of runs) {
    const end = at + run.text.length;
    let from = at;
    const put = (to: number, hit: boolean) => {
      if (to <= from) return;
      pieces.push({ text: run.text.slice(from - at, to - at), run, hit });
      from = to;
    };
    for (const [begin, until] of spans) {
      if (until <= from || begin >= end) continue;
      put(Math.max(begin, from), false);
      put(Math.min(until, end), true);
    }
    put(end, false);
    at = end;
  }
  return pieces;
}

export const textOf = (runs: readonly LogRun[]): string => runs.map(({ text }) => text).join('');

/** Characters that turn the direction of what follows are shown as something: `evil` must not read `live`. */
export const unturned = (json: string): string =>
  json.replace(/[\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** For an issue or a chat: the lines in a fence that nothing in them ends, below a link. */
export function markdownOf(title: string, href: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `[${title.replace(/[[\]]/g, '\\$&')}](${href})\n\n${fence}text\n${text}\n${fence}\n`;
}
