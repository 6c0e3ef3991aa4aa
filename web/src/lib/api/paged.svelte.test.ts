import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cache } from './cache';
import { type Paged, paged, ROWS_A_TURN, TURN_MS } from './paged.svelte';
import { Problem } from './problem';

type Row = { id: number; state: string };

/** Rows, newest first, of which a page shows three. */
let server: Row[];
const PAGE = 3;
let gone: Set<number>;
/** A filter that the server applies. */
let fits: (row: Row) => boolean;
let lists = 0;
let singles: number[] = [];

const list = (cursor: string | undefined) => ({
  key: `/rows?${cursor ?? ''}`,
  load: async () => {
    lists += 1;
    const from = Number(cursor ?? 0);
    const rows = server.filter((row) => !gone.has(row.id) && fits(row));
    const more = rows.length > from + PAGE;
    return { items: rows.slice(from, from + PAGE), next_cursor: more ? `${from + PAGE}` : null };
  },
});
const one = ({ id }: Row) => ({
  key: `/rows/${id}`,
  load: async () => {
    singles.push(id);
    const row = server.find((known) => known.id === id);
    if (!row || gone.has(id)) {
      throw new Problem({ code: 'not_found', status: 404, title: 'Gone', detail: '' });
    }
    return row;
  },
});

let rows: Paged<Row>;
let end = () => {};
const settled = () => vi.advanceTimersByTimeAsync(0);
const states = () => rows.items.map(({ id, state }) => `${id} ${state}`);
const change = (id: number, state: string) => {
  server = server.map((row) => (row.id === id ? { id, state } : row));
};

beforeEach(async () => {
  vi.useFakeTimers();
  cache.clear();
  server = [6, 5, 4, 3, 2, 1].map((id) => ({ id, state: 'open' }));
  gone = new Set();
  fits = () => true;
  lists = 0;
  singles = [];
  end = $effect.root(() => {
    rows = paged(
      () => list,
      (row) => row.id,
      one,
    );
  });
  flushSync();
  await settled();
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

test('what changed further down is read by itself, what the first page tells is not', async () => {
  await rows.more();
  change(1, 'merged');
  change(6, 'merged');
  await rows.refresh(({ id }) => id === 1 || id === 6);
  await settled();
  expect(states()).toEqual(['6 merged', '5 open', '4 open', '3 open', '2 open', '1 merged']);
  expect(singles).toEqual([1]);
});

test('a row that fits the filter no more says what is true, where it is', async () => {
  fits = (row) => row.state === 'open';
  change(5, 'merged');
  await rows.refresh(({ id }) => id === 5);
  await settled();
  expect(states()).toEqual(['6 open', '5 merged', '4 open']);
});

test('what is gone goes', async () => {
  gone.add(5);
  await rows.refresh(({ id }) => id === 5);
  await settled();
  expect(states()).toEqual(['6 open', '4 open']);
});

test('many are read a few at a time, until all are', async () => {
  server = Array.from({ length: 2 * ROWS_A_TURN + 4 }, (_, id) => ({ id, state: 'open' }));
  await rows.reload();
  while (rows.hasMore) await rows.more();
  server = server.map(({ id }) => ({ id, state: 'merged' }));
  await rows.refresh(() => true);
  await settled();
  expect(singles).toHaveLength(ROWS_A_TURN);
  await vi.advanceTimersByTimeAsync(2 * TURN_MS);
  expect(new Set(rows.items.map(({ state }) => state))).toEqual(new Set(['merged']));
  expect(singles).toHaveLength(server.length - PAGE);
});

test('a bell that rings while something is read is looked at afterwards', async () => {
  const before = lists;
  const more = rows.more();
  server = [{ id: 7, state: 'open' }, ...server];
  void rows.refresh();
  void rows.refresh();
  await more;
  expect(lists).toBe(before + 2);
  expect(rows.items).toHaveLength(6);
  expect(rows.waiting).toBe(1);
});

test('to begin anew is not given up for looking again', async () => {
  await rows.more();
  void rows.refresh();
  void rows.reload();
  await rows.refresh();
  expect(rows.items).toHaveLength(PAGE);
  expect(rows.busy).toBe(false);
});
