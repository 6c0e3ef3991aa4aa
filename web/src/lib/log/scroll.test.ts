import { describe, expect, test } from 'vitest';
import { canvasOf, CANVAS_MAX_PX, isStuck, moved, scrollOf } from './scroll';

const SHORT = { total: 2_000, view: 500 };
const LONG = { total: 20_000_000, view: 500 };

describe('scrolling', () => {
  test('of what a browser can hold is the browser’s own', () => {
    expect(canvasOf(SHORT)).toBe(2_000);
    expect(scrollOf(700, SHORT)).toBe(700);
    expect(moved({ top: 0, scroll: 0 }, 1_400, SHORT)).toEqual({ top: 1_400, scroll: 1_400 });
  });
  test('of more moves by the same when it is little, whatever the scale', () => {
    expect(canvasOf(LONG)).toBe(CANVAS_MAX_PX);
    const before = { top: 10_000_000, scroll: scrollOf(10_000_000, LONG) };
    const after = moved(before, before.scroll + 100, LONG);
    expect(after.top - before.top).toBe(100);
  });
  test('of more jumps to the part of the whole that the scrollbar stands at', () => {
    const end = CANVAS_MAX_PX - LONG.view;
    expect(moved({ top: 0, scroll: 0 }, end, LONG).top).toBe(LONG.total - LONG.view);
    expect(moved({ top: 0, scroll: 0 }, end / 2, LONG).top).toBeCloseTo(
      (LONG.total - LONG.view) / 2,
    );
  });
  test('never goes beyond the ends', () => {
    expect(moved({ top: 50, scroll: 300 }, 100, LONG).top).toBe(0);
    expect(scrollOf(1e12, LONG)).toBe(CANVAS_MAX_PX - LONG.view);
    expect(scrollOf(10, { total: 100, view: 500 })).toBe(0);
  });
  test('is put right where the scrollbar ends before the log does', () => {
    expect(isStuck({ top: 4_000, scroll: 0 }, LONG)).toBe(true);
    expect(isStuck({ top: 0, scroll: 900 }, LONG)).toBe(true);
    expect(isStuck({ top: 0, scroll: 0 }, LONG)).toBe(false);
    expect(isStuck({ top: 10_000, scroll: 4_000 }, LONG)).toBe(false);
  });
});
