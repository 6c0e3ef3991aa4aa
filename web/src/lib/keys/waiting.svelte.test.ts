import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WAIT_MAX_MS, waiting } from './waiting.svelte';

const pressed = new EventTarget();
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('addEventListener', pressed.addEventListener.bind(pressed));
  vi.stubGlobal('removeEventListener', pressed.removeEventListener.bind(pressed));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function page() {
  let ready = $state(false);
  const run = vi.fn();
  let press = () => undefined as void;
  const leave = $effect.root(() => {
    const wait = waiting();
    press = () => wait(() => ready, run);
  });
  flushSync();
  return {
    run,
    leave,
    press() {
      press();
      flushSync();
    },
    async come() {
      ready = true;
      flushSync();
      await Promise.resolve();
    },
  };
}

test('a key is done at once where all is there, and once where it comes later', async () => {
  const { run, press, come, leave } = page();
  press();
  expect(run).not.toHaveBeenCalled();
  await come();
  expect(run).toHaveBeenCalledTimes(1);
  press();
  expect(run).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(WAIT_MAX_MS);
  expect(run).toHaveBeenCalledTimes(2);
  leave();
});

test.for(['keydown', 'pointerdown'])('a %s meanwhile forgets it', async (what) => {
  const { run, press, come, leave } = page();
  press();
  pressed.dispatchEvent(new Event(what));
  flushSync();
  await come();
  expect(run).not.toHaveBeenCalled();
  leave();
});

test('what does not come in time is done without', () => {
  const { run, press, leave } = page();
  press();
  vi.advanceTimersByTime(WAIT_MAX_MS);
  expect(run).toHaveBeenCalledTimes(1);
  leave();
});

test('a page that is left does nothing more', () => {
  const { run, press, leave } = page();
  press();
  leave();
  vi.advanceTimersByTime(WAIT_MAX_MS);
  expect(run).not.toHaveBeenCalled();
});
