import { describe, expect, test } from 'vitest';
import { rangeOf } from './window';

const seen = (above: number) => ({ above, height: 900, row: 30 });

describe('the rows that are in the page', () => {
  test('are all of a short list', () => {
    expect(rangeOf(seen(9_000), 200, 200)).toEqual({ from: 0, to: 200 });
  });
  test('of a long list are those that are seen, and some around', () => {
    expect(rangeOf(seen(0), 5_000, 200)).toEqual({ from: 0, to: 46 });
    expect(rangeOf(seen(60_000), 5_000, 200)).toEqual({ from: 1_985, to: 2_046 });
  });
  test('end with the list', () => {
    const { from, to } = rangeOf(seen(5_000 * 30), 5_000, 200);
    expect(to).toBe(5_000);
    expect(from).toBeGreaterThan(4_900);
  });
  test('are not fewer before the list is scrolled to', () => {
    expect(rangeOf(seen(-400), 5_000, 200)).toEqual({ from: 0, to: 46 });
  });
});
