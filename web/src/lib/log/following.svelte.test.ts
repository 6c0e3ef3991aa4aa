import { describe, expect, test } from 'vitest';
import { Following } from './following.svelte';

function log(lines: number) {
  const log = $state({ lines, is_complete: false });
  return { log, following: new Following(() => log) };
}

describe('a log that goes on', () => {
  test('is followed from its end until somebody scrolls up, and again from there', () => {
    const { log: it, following } = log(500);
    following.open();
    following.start();
    it.lines = 600;
    expect([following.on, following.fresh]).toEqual([true, 0]);
    following.moved(false, true);
    it.lines = 814;
    expect([following.on, following.fresh]).toEqual([false, 214]);
    following.moved(true, true);
    expect([following.on, following.fresh]).toEqual([true, 0]);
  });
  test('has nothing new for who has just come to the middle of it', () => {
    const { log: it, following } = log(500);
    following.open();
    following.moved(false, false);
    expect(following.fresh).toBe(0);
    it.lines = 501;
    expect(following.fresh).toBe(1);
  });
  test('is not left because what follows moves the lines by itself', () => {
    const { log: it, following } = log(500);
    following.open();
    following.start();
    it.lines = 900;
    following.moved(false, false);
    expect(following.on).toBe(true);
  });
  test('tells of its last lines when it is whole, and is not followed any more', () => {
    const { log: it, following } = log(500);
    following.open();
    Object.assign(it, { lines: 520, is_complete: true });
    expect(following.fresh).toBe(20);
    following.start();
    expect([following.on, following.fresh]).toEqual([false, 0]);
  });
});
