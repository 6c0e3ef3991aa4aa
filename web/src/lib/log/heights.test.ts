import { describe, expect, test } from 'vitest';
import { Heights } from './heights';

describe('heights', () => {
  test('are the usual one until a row turns out to be higher', () => {
    const heights = new Heights(10_000, 20);
    expect([heights.total, heights.top(600), heights.at(12_019)]).toEqual([200_000, 12_000, 600]);
    expect(heights.set(3, 60)).toBe(40);
    expect(heights.set(599, 40)).toBe(20);
    expect([heights.total, heights.top(3), heights.top(4), heights.top(600)]).toEqual([
      200_060, 60, 120, 12_060,
    ]);
  });
  test('tell by how much a row moves what is below it when it is measured again', () => {
    const heights = new Heights(10, 20);
    heights.set(2, 60);
    expect(heights.set(2, 60)).toBe(0);
    expect(heights.set(2, 20)).toBe(-40);
    expect(heights.total).toBe(200);
  });
  test('find the row at a height, also in rows that are higher', () => {
    const heights = new Heights(2_000, 20);
    heights.set(1, 100);
    expect([heights.at(0), heights.at(20), heights.at(119), heights.at(120)]).toEqual([0, 1, 1, 2]);
    for (let row = 0; row < 2_000; row += 37) expect(heights.at(heights.top(row))).toBe(row);
    expect([heights.at(-10), heights.at(1e9)]).toEqual([0, 1_999]);
  });
});
