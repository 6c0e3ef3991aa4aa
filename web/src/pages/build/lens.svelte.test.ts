import { describe, expect, test } from 'vitest';
import { Lens } from './lens.svelte';

/** A build of a hundred seconds, drawn a thousand pixels wide. */
function lens() {
  const found = new Lens(() => ({ from: 0, length: 100_000 }));
  found.width = 1_000;
  return found;
}
const area = { getBoundingClientRect: () => ({ right: 1_400 }) } as unknown as Element;
const at = (clientX: number, pointerType = 'mouse') =>
  ({ clientX, pointerType, button: 0 }) as PointerEvent;

describe('what is in sight of a build', () => {
  test('is all of it, until somebody looks closer at what they stand on', () => {
    const it = lens();
    expect([it.isFit, it.seen]).toEqual([true, { from: 0, to: 100_000 }]);
    it.zoom(true, { from: 40_000, to: 60_000 });
    expect(it.isFit).toBe(false);
    expect(it.seen.from + it.seen.to).toBeCloseTo(100_000);
    expect(it.left(50_000)).toBeCloseTo(50);
    it.fit();
    expect(it.isFit).toBe(true);
  });
  test('stays under the pointer while it is zoomed', () => {
    const it = lens();
    it.moved(at(400 + 250), area);
    expect(it.guide).toEqual({ percent: 25, label: '25 s' });
    it.zoom(true, { from: 90_000, to: 100_000 });
    expect(it.left(25_000)).toBeCloseTo(25);
  });
  test('is pointed at by a mouse alone, and only in the bars', () => {
    const it = lens();
    it.moved(at(200), area);
    expect(it.guide).toBeNull();
    it.moved(at(600, 'touch'), area);
    expect(it.guide).toBeNull();
  });
  test('has marks whose names have room', () => {
    const names = lens().marks.map(({ label }) => label);
    expect(names[0]).toBe('0');
    expect(names.at(-1)).toBe('');
    expect(names.filter(Boolean).length).toBeGreaterThan(5);
  });
});
