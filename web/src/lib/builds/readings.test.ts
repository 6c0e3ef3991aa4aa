import { describe, expect, test } from 'vitest';
import { allPages } from './readings';

/** Pages of two. */
const pages = (count: number) => (cursor: string | undefined) => {
  const at = Number(cursor ?? 0);
  return Promise.resolve({
    items: [2 * at, 2 * at + 1],
    next_cursor: at + 1 < count ? String(at + 1) : null,
  });
};

describe('a list that is read in whole', () => {
  test('ends with its last page', async () => {
    expect(await allPages(pages(3))).toEqual({ items: [0, 1, 2, 3, 4, 5], cut: false });
  });
  test('says when it is not whole', async () => {
    const { items, cut } = await allPages(pages(1_000));
    expect(items).toHaveLength(40);
    expect(cut).toBe(true);
  });
});
