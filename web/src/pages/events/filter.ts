/** The filter of the inbox: picked, or typed as `status:parked kind:push words`. */
import { maybe, text } from '$lib/url/params';

export const STATUS = ['pending', 'done', 'parked'] as const;

export const filterParams = {
  status: maybe(STATUS),
  kind: text(),
  type: text(),
  source: text(),
  subject: text(),
  channel: text(),
  since: text(),
  until: text(),
  q: text(),
};

export type Filter = {
  status: '' | (typeof STATUS)[number];
  kind: string;
  type: string;
  source: string;
  subject: string;
  channel: string;
  since: string;
  until: string;
  q: string;
};

export const NO_FILTER: Filter = {
  status: '',
  kind: '',
  type: '',
  source: '',
  subject: '',
  channel: '',
  since: '',
  until: '',
  q: '',
};

const TYPED = ['status', 'kind', 'type', 'source', 'subject', 'channel', 'since', 'until'] as const;

/** What is typed, as parts of the filter; what is no `name:value` is searched for. */
export function parse(typed: string): Partial<Filter> & { q: string } {
  const found: Partial<Filter> = {};
  const rest: string[] = [];
  for (const [whole, name, quoted, bare] of typed.matchAll(/(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gi)) {
    const key = TYPED.find((known) => known === name?.toLowerCase());
    const value = quoted ?? bare ?? '';
    if (!key || value === '') rest.push(whole);
    else if (key !== 'status') found[key] = value;
    else if (STATUS.some((word) => word === value)) found.status = value as Filter['status'];
    else rest.push(whole);
  }
  return { ...found, q: rest.join(' ') };
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h`, `7d` as the time it is at `now`, to the minute; anything else is left to the server. */
export function timeOf(value: string, now: number): string {
  const found = /^(\d{1,4})([mhd])$/.exec(value);
  if (!found) return value;
  const then = now - Number(found[1]) * (UNITS[found[2] as string] as number);
  return new Date(Math.floor(then / 60_000) * 60_000).toISOString();
}

/** A time of the filter in words: `24h` as `the last 24 h`. */
export function timeWords(value: string): string {
  const found = /^(\d+)([mhd])$/.exec(value);
  return found ? `${found[1]} ${found[2] === 'm' ? 'min' : found[2]} ago` : value.replace('T', ' ');
}

/**
 * What the server can take of this filter to read parked events again: a range, a type. `null`: the
 * filter narrows by something that it cannot, so it would read more than the list shows.
 */
export function replayWish(
  filter: Filter,
  now: number,
): { status: 'parked'; type?: string; from?: string; to?: string } | null {
  const { kind, source, subject, channel, q, status } = filter;
  if (kind || source || subject || channel || q) return null;
  if (status !== '' && status !== 'parked') return null;
  return {
    status: 'parked',
    ...(filter.type ? { type: filter.type } : {}),
    ...(filter.since ? { from: timeOf(filter.since, now) } : {}),
    ...(filter.until ? { to: timeOf(filter.until, now) } : {}),
  };
}
