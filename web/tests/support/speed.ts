/**
 * How fast pages and answers are, told apart from how fast the machine is.
 *
 * Bounds in milliseconds are those of a calm machine. One that is slower altogether gets as much more
 * as a fixed piece of work takes it; one that is busy for a moment is asked again: a load can be slow
 * by what else goes on, never fast by it.
 */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { visit } from './browser';
import type { Place } from './creel';

/** What the piece of work takes where the bounds were set: two cores of a server of 2023. */
const WORK_MS = 20;
/** Slower than that, and a machine is no longer what anything is measured on. */
const SLOWNESS_MAX = 3;
const LOADS = 3;

/** Reading, writing and hashing, as pages and server do. */
function work() {
  const rows = Array.from({ length: 4_000 }, (_, id) => ({ id, name: `service-${id}`, at: [id] }));
  let text = '';
  for (let round = 0; round < 4; round += 1)
    text = JSON.stringify(JSON.parse(JSON.stringify(rows)));
  return createHash('sha256').update(text).digest('hex');
}

/** How many times as long as a calm machine this one takes, at least 1. */
function slowness() {
  const times = Array.from({ length: 7 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  const median = times.sort((one, other) => one - other)[3] ?? WORK_MS;
  return Math.min(SLOWNESS_MAX, Math.max(1, median / WORK_MS));
}

/** A bound for `what`, as this machine is now. */
export function bound(what: string, ms: number) {
  const times = slowness();
  if (times > 1.2)
    console.log(`${what}: this machine is ${times.toFixed(1)} times as slow as the bound is for`);
  return ms * times;
}

/** Milliseconds to the largest paint, and of the longest task that kept the page from answering. */
export type Load = { paint: number; task: number };

/** Watches a page from its first byte on. */
const watch = (page: Page) =>
  page.addInitScript(() => {
    const seen = { paint: 0, task: 0 };
    Object.assign(window, { creelLoad: seen });
    const keep = (name: 'paint' | 'task', of: 'startTime' | 'duration', type: string) =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen[name] = Math.max(seen[name], entry[of]);
      }).observe({ type, buffered: true });
    keep('paint', 'startTime', 'largest-contentful-paint');
    keep('task', 'duration', 'longtask');
  });
const loadOf = (page: Page) =>
  page.evaluate(() => (window as unknown as { creelLoad: Load }).creelLoad);

/** Opens an address anew, at most some times, until it is as fast as it has to be, and tells the best. */
export async function expectFast(
  browser: Browser,
  creel: Place,
  {
    path,
    prepare,
    ready,
    most,
  }: {
    path: string;
    /** Before the page is asked for. */
    prepare?: (page: Page) => Promise<unknown>;
    /** Until what matters is there. */
    ready: (page: Page) => Promise<unknown>;
    most: Load;
  },
) {
  const wanted = { paint: bound(path, most.paint), task: bound(path, most.task) };
  const best = { paint: Infinity, task: Infinity };
  for (let load = 0; load < LOADS; load += 1) {
    const { page, trouble, close } = await visit(browser, creel);
    await watch(page);
    await prepare?.(page);
    await page.goto(path);
    await ready(page);
    const seen = await loadOf(page);
    console.log(`${path}: painted in ${seen.paint.toFixed(0)} ms, longest task ${seen.task} ms`);
    expect(trouble()).toEqual([]);
    await close();
    best.paint = Math.min(best.paint, seen.paint);
    best.task = Math.min(best.task, seen.task);
    if (best.paint < wanted.paint && best.task < wanted.task) return;
  }
  expect(best.paint, `${path}: its largest paint`).toBeLessThan(wanted.paint);
  expect(best.task, `${path}: its longest task`).toBeLessThan(wanted.task);
}
