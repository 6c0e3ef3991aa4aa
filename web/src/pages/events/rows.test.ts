import { expect, test } from 'vitest';
import type { List } from '$lib/api/types';
import {
  all,
  arrived,
  next,
  none,
  older,
  PAGES_MAX,
  patched,
  type Row,
  stale,
  top,
  waiting,
} from './rows';

/** Entries `from` down to `to`, as the server lists them. */
function list(from: number, to: number, status = 'done'): List<Row> {
  const items = Array.from({ length: from - to + 1 }, (_, index) => ({
    entry_id: from - index,
    received_at: new Date(from - index).toISOString(),
    status,
  }));
  return { items, next_cursor: to > 1 ? `before ${to}` : null };
}
const ids = (rows: { pages: List<Row>[] }) => all(rows as never).map((row) => row.entry_id);

test('rows that nobody looks at are followed by what arrives, and never become more than a page', () => {
  let rows = top(list(20, 11));
  for (let newest = 21; newest < 500; newest += 7)
    rows = arrived(rows, list(newest, newest - 9), true);
  expect(ids(rows)).toHaveLength(10);
  expect(waiting(rows)).toEqual({ count: 0, more: false });
  expect(next(rows)).toBe(`before ${ids(rows).at(-1)}`);
});

test('rows that are looked at stay where they are, whatever arrives', () => {
  const rows = arrived(top(list(20, 11)), list(23, 14), false);
  expect(ids(rows)).toEqual(ids(top(list(20, 11))));
  expect(waiting(rows)).toEqual({ count: 3, more: false });
});

test('more than a page of news is said to be more', () => {
  expect(waiting(arrived(top(list(20, 11)), list(90, 81), false))).toEqual({
    count: 10,
    more: true,
  });
});

test('a known row changes in place', () => {
  const rows = arrived(top(list(20, 11, 'pending')), list(22, 13, 'done'), false);
  expect(all(rows).filter((row) => row.status === 'pending')).toHaveLength(2);
  expect(ids(rows)[0]).toBe(20);
});

test('rows that still wait to be read, and that no newest page tells of, are found', () => {
  expect(stale(top(list(20, 11, 'pending')))).toBeNull();
  const rows = arrived(top(list(20, 11, 'pending')), list(90, 81), false);
  expect(stale(rows)?.entry_id).toBe(20);
  expect(stale(patched(rows, list(20, 11, 'done').items))).toBeNull();
});

test('older rows come at the end once each, and the newest are let go beyond the bound', () => {
  let rows = top(list(5_000, 4_991));
  for (let from = 4_992; rows.pages.length < PAGES_MAX; from -= 10)
    rows = older(rows, list(from, from - 9));
  expect(new Set(ids(rows)).size).toBe(ids(rows).length);
  expect(rows.cut).toBe(false);
  const before = ids(rows)[0];
  rows = older(rows, list(100, 91));
  expect(rows.pages).toHaveLength(PAGES_MAX);
  expect(rows.cut).toBe(true);
  expect(ids(rows)[0]).not.toBe(before);
  expect(ids(rows).at(-1)).toBe(91);
});

test('with the top let go, what arrives waits even when nobody looks', () => {
  const rows = { ...top(list(20, 11)), cut: true };
  expect(ids(arrived(rows, list(90, 81), true))).toEqual(ids(rows));
  expect(waiting(arrived(rows, list(90, 81), true)).count).toBe(10);
});

test('the first page is shown as it comes', () => {
  expect(ids(arrived(none<Row>(), list(3, 1), false))).toEqual([3, 2, 1]);
});
