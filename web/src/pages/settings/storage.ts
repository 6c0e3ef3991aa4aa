/** What is kept for how long, in words, and how it grew, as a picture. Pure. */
import type { StorageClass, StorageSize } from '$lib/api/types';
import { bytes, plural } from '$lib/format/format';

const DAY_MS = 24 * 3_600_000;

/** The classes of data by the words of the API. */
export const CLASSES: Record<string, { name: string; text: string }> = {
  bodies: { name: 'Headers and bodies', text: 'What senders sent, as it came.' },
  events: { name: 'Events', text: 'A line for each, and its repetitions.' },
  builds: {
    name: 'Records',
    text: 'Builds, pull requests, work items, and what is known of them from where.',
  },
  logs: {
    name: 'Logs',
    text: 'What the steps of builds wrote. They go with their build at the latest.',
  },
  aggregates: { name: 'Sums', text: 'Per source and hour, and the sizes below.' },
};

/** `90 days`, `5 years`, `for ever`; with a size where there is one. */
export function keptFor({
  age_ms,
  size_bytes,
}: Pick<StorageClass, 'age_ms' | 'size_bytes'>): string {
  const days = age_ms === null ? null : Math.round(age_ms / DAY_MS);
  const age =
    days === null
      ? 'for ever'
      : days % 365 === 0 && days > 365
        ? plural(days / 365, 'year')
        : plural(days, 'day');
  return size_bytes === null ? age : `${age}, within ${bytes(size_bytes)}`;
}

export type Growth = {
  /** Points of an SVG polyline, in a box of `width` by `height`. */
  journal: string;
  total: string;
  from: StorageSize;
  to: StorageSize;
  most: number;
};

/** All that is in use. */
export const inUse = (size: StorageSize) => size.journal_bytes + size.books_bytes + size.logs_bytes;

/** How the files grew, books and logs on top of the journal; nothing to see in less than two sizes. */
export function growth(history: StorageSize[], width: number, height: number): Growth | null {
  const from = history[0];
  const to = history.at(-1);
  if (!from || !to || history.length < 2) return null;
  const begin = Date.parse(from.at);
  const span = Math.max(Date.parse(to.at) - begin, 1);
  const most = Math.max(...history.map(inUse), 1);
  const line = (of: (size: StorageSize) => number) =>
    history
      .map((size) => {
        const x = ((Date.parse(size.at) - begin) / span) * width;
        const y = height - (of(size) / most) * height;
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      })
      .join(' ');
  return {
    journal: line((size) => size.journal_bytes),
    total: line(inUse),
    from,
    to,
    most,
  };
}
