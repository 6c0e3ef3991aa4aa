import { describe, expect, test } from 'vitest';
import { type Bar, barAt, pathsOf, ticksOf } from './strip';

const PASSED: Bar = { look: 'passed', tall: 9, tip: '#8 · passed' };
const FAILED: Bar = { look: 'failed', tall: 24, tip: '#9 · failed' };

describe('a strip', () => {
  test('has the newest at the right, and places for those that are still to come', () => {
    expect(pathsOf([FAILED, PASSED, PASSED], 5)).toEqual([
      ['failed', 'M24 24v-24h4v24z'],
      ['passed', 'M18 24v-9h4v9zM12 24v-9h4v9z'],
    ]);
  });
  test('shows no more than fit', () => {
    expect(pathsOf([PASSED, PASSED, FAILED], 2).map(([look]) => look)).toEqual(['passed']);
  });
  test('has a tick before each bar that begins something else', () => {
    const bars = [{ ...PASSED, tick: true }, PASSED, { ...PASSED, tick: true }, FAILED];
    expect(ticksOf(bars, 5)).toEqual([23, 11]);
  });
  test('tells the bar under the pointer', () => {
    expect(barAt([FAILED, PASSED], 30, 29 * 6 + 2)?.tip).toBe('#9 · failed');
    expect(barAt([FAILED, PASSED], 30, 28 * 6)?.tip).toBe('#8 · passed');
    expect(barAt([FAILED, PASSED], 30, 3)).toBeUndefined();
  });
});
