import { flushSync } from 'svelte';
import { describe, expect, test } from 'vitest';
import type { LogLine } from '$lib/api/types';
import { Chunks } from './chunks.svelte';

const line = (n: number): LogLine => ({ n, at: null, level: null, depth: 0, runs: [], cut: null });

/** A server that answers when it is told to, and the log it has. */
function server(lines = 1_000_000) {
  const asked: { from: number; signal: AbortSignal; answer: () => void; fail: () => void }[] = [];
  const chunks = new Chunks(
    (from, count, signal) =>
      new Promise((resolve, reject) => {
        asked.push({
          from,
          signal,
          answer: () => {
            const length = Math.min(count, lines - from + 1);
            resolve(Array.from({ length }, (_, at) => line(from + at)));
          },
          fail: () => reject(new Error('away')),
        });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  const answer = async (from: number) => {
    asked.findLast((one) => one.from === from)?.answer();
    await new Promise((resolve) => setTimeout(resolve));
    flushSync();
  };
  const grow = (to: number) => (lines = to);
  return { chunks, asked, answer, grow, froms: () => asked.map(({ from }) => from) };
}

describe('the lines of a log', () => {
  test('come in chunks: what is looked at first, then what lies next to it', async () => {
    const { chunks, froms, answer } = server();
    chunks.want([700, 701], 10_000);
    expect(froms()).toEqual([501, 1_001, 1]);
    expect(chunks.line(700)).toBeUndefined();
    await answer(501);
    expect(chunks.line(700)?.n).toBe(700);
  });
  test('that are here are not asked for again', async () => {
    const { chunks, asked, answer } = server();
    chunks.want([10], 400);
    await answer(1);
    chunks.want([20], 400);
    expect(asked).toHaveLength(1);
  });
  test('that nobody looks at any more are given up', () => {
    const { chunks, asked } = server();
    chunks.want([10], 1_000_000);
    chunks.want([500_000], 1_000_000);
    expect(asked.map(({ from, signal }) => [from, signal.aborted])).toEqual([
      [1, true],
      [501, true],
      [499_501, false],
      [500_001, false],
      [499_001, false],
    ]);
  });
  test('are asked for by few at once, however scattered, and all come', async () => {
    const { chunks, asked, answer, froms } = server();
    const scattered = [1, 2_000, 4_000, 6_000, 8_000, 10_000];
    chunks.want(scattered, 10_000);
    expect(asked).toHaveLength(4);
    for (let at = 0; at < 6; at += 1) await answer(froms()[at] ?? 0);
    expect(scattered.map((n) => chunks.line(n)?.n)).toEqual(scattered);
  });
  test('that may have changed are shown as they are until they have been read again', async () => {
    const { chunks, answer, froms, grow } = server(700);
    chunks.want([400, 600], 700);
    await answer(1);
    await answer(501);
    grow(740);
    chunks.renew(700);
    expect(froms()).toEqual([1, 501, 501]);
    expect([chunks.line(600)?.n, chunks.line(720)]).toEqual([600, undefined]);
    await answer(501);
    expect([chunks.line(600)?.n, chunks.line(720)?.n]).toEqual([600, 720]);
  });
  test('that may have changed are read again when somebody looks at them', async () => {
    const { chunks, answer, froms } = server();
    chunks.want([10], 400);
    await answer(1);
    chunks.want([5_000], 10_000);
    chunks.renew(1);
    chunks.want([10], 10_000);
    expect(froms().filter((from) => from === 1)).toHaveLength(2);
  });
  test('that could not be read are told of, and asked for again only when somebody wants to', async () => {
    const { chunks, asked } = server();
    chunks.want([1], 400);
    asked[0]?.fail();
    await new Promise((resolve) => setTimeout(resolve));
    expect(chunks.error?.message).toBeTruthy();
    expect(asked).toHaveLength(1);
    chunks.renew(1);
    chunks.want([1], 400);
    expect([asked.length, chunks.error]).toEqual([2, undefined]);
  });
});
