/** The filter of the inbox: picked, or typed as `status:parked kind:push words`. */
import { timeOf } from '$lib/list/times';
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
