import { describe, expect, test } from 'vitest';
import type { Build, List } from '$lib/api/types';
import { buildOf } from '$lib/builds/build.fixture';
import { merged } from './merge';

const build = (id: string, minute: number) =>
  buildOf(id, { queued_at: `2026-02-13T10:${String(minute).padStart(2, '0')}:00Z` });

/** A list of the server, two rows a page. */
function served(builds: Build[]) {
  let asked = 0;
  return {
    asked: () => asked,
    page: (cursor: string | undefined) => ({
      key: `list ${builds[0]?.id} ${cursor ?? ''}`,
      load: (): Promise<List<Build>> => {
        asked += 1;
        const from = Number(cursor ?? 0);
        const more = from + 2 < builds.length;
        return Promise.resolve({
          items: builds.slice(from, from + 2),
          next_cursor: more ? String(from + 2) : null,
        });
      },
    }),
  };
}

async function readAll(page: ReturnType<typeof merged>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const list: List<Build> = await page(cursor).load(new AbortController().signal);
    ids.push(...list.items.map(({ id }) => id));
    cursor = list.next_cursor ?? undefined;
  } while (cursor);
  return ids;
}

describe('several lists as one', () => {
  test('are newest first over all pages, each row once, each page read once', async () => {
    const main = served([build('a', 50), build('b', 40), build('c', 10), build('d', 5)]);
    const master = served([build('x', 45), build('y', 44), build('z', 43), build('w', 1)]);
    expect(await readAll(merged([main.page, master.page]))).toEqual([
      ...['a', 'x', 'y', 'z', 'b', 'c', 'd', 'w'],
    ]);
    expect([main.asked(), master.asked()]).toEqual([2, 2]);
  });
  test('may be empty', async () => {
    expect(await readAll(merged([served([]).page, served([build('a', 1)]).page]))).toEqual(['a']);
  });
  test('of one list are that list', () => {
    const { page } = served([]);
    expect(merged([page])).toBe(page);
  });
});
