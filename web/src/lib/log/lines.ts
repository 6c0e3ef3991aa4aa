/** Reading lines of a log. */
import { reading, type Reading, readingText } from '$lib/api/client';
import type { LogLine, LogLines, LogOutline } from '$lib/api/types';
import { textOf, unturned } from './pieces';
import type { Span } from './rows';

/** Lines in one answer at most. */
const COUNT_MAX = 5_000;
/** Lines that are copied at once; for more there is the file. */
export const COPY_MAX = 50_000;

const ABOUT_A_GROUP = 120;

export const outlineOf = (id: string): Reading<LogOutline> => ({
  ...reading('/logs/{id}/outline', { path: { id } }),
  weight: ({ groups, errors, warnings }) =>
    groups.length * ABOUT_A_GROUP + (errors.length + warnings.length) * 8,
});

/**
 * Kept by who asks, not in the cache of all pages: it is by place, and there may be much of it. Very long
 * lines come in several answers.
 */
export async function linesOf(
  id: string,
  from: number,
  count: number,
  signal: AbortSignal,
): Promise<LogLine[]> {
  const take = (text: string) => JSON.parse(unturned(text)) as LogLines;
  const all: LogLine[] = [];
  for (;;) {
    const query = { from: from + all.length, count: count - all.length };
    const page = readingText('/logs/{id}', take, { path: { id }, query });
    const { items, lines } = await page.load(signal);
    all.push(...items);
    if (items.length === 0 || all.length >= count || from + all.length > lines) return all;
  }
}

/** The text of lines, as it would stand in a file; colours and marks stay behind. */
export async function textOfLines(
  id: string,
  { from, to }: Span,
  signal: AbortSignal,
): Promise<string> {
  const texts: string[] = [];
  const last = Math.min(to, from + COPY_MAX - 1);
  for (let at = from; at <= last; at += COUNT_MAX) {
    const items = await linesOf(id, at, Math.min(COUNT_MAX, last - at + 1), signal);
    if (items.length === 0) break;
    texts.push(...items.map(({ runs }) => textOf(runs)));
  }
  return texts.join('\n');
}
