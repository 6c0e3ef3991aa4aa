/**
 * A made-up log of any length, answered in place of the server: the page meets a million lines without a
 * provider that has them. Lines are made when they are asked for.
 */
import type { BrowserContext } from 'playwright-core';
import type { LogGroup, LogLine, LogLines, LogOutline } from '$lib/api/types';

const GROUP = 200;
const BEGIN = Date.parse('2026-02-13T10:00:00Z');
const EVERY_MS = 40;
/** After this line nothing is written for a while. */
const PAUSE_AFTER = 2_230;
const PAUSE_MS = 45_000;

export type LongLog = {
  id: string;
  lines: number;
  errors: number[];
  state?: 'done' | 'failed' | 'unavailable' | 'pending';
  code?: string | null;
  reason?: string | null;
  is_complete?: boolean;
  cut?: string | null;
};

const timeOf = (n: number) =>
  new Date(BEGIN + n * EVERY_MS + (n > PAUSE_AFTER ? PAUSE_MS : 0)).toISOString();

export const textAt = (log: LongLog, n: number): string =>
  log.errors.includes(n)
    ? `error[E0308]: mismatched types in src/pay/retry.rs:${n}`
    : n % GROUP === 1
      ? `Step ${(n - 1) / GROUP + 1}`
      : n % 7 === 0
        ? `   Compiling part-${n} v0.1.0`
        : `line ${n}, ${n % 11 === 0 ? 'long '.repeat(60) : 'short'}`;

function lineAt(log: LongLog, n: number): LogLine {
  const text = textAt(log, n);
  const isError = log.errors.includes(n);
  const runs = isError
    ? [{ text: text.slice(0, 12), fg: 'red', bold: true }, { text: text.slice(12) }]
    : n % 7 === 0
      ? [
          { text: text.slice(0, 13), fg: 'green' },
          { text: text.slice(13), fg: '#3355ff' },
        ]
      : [{ text }];
  const level = isError ? 'error' : n % GROUP === 1 ? 'group' : null;
  return { n, at: timeOf(n), level, depth: 0, runs, cut: null };
}

function headOf(log: LongLog, build: string) {
  return {
    id: log.id,
    build_id: build,
    step_id: 'job:made-up',
    state: log.state ?? 'done',
    code: log.code ?? null,
    reason: log.reason ?? null,
    lines: log.lines,
    bytes: log.lines * 40,
    stored_bytes: log.lines * 6,
    is_complete: log.is_complete ?? true,
    cut: log.cut ?? null,
  };
}

function outlineOf(log: LongLog, build: string): LogOutline {
  const groups: LogGroup[] = [];
  for (let start = 1; start <= log.lines && groups.length < 10_000; start += GROUP) {
    groups.push({
      start,
      end: Math.min(log.lines, start + GROUP - 1),
      title: textAt(log, start),
      level: 0,
      is_open: false,
      started_at: timeOf(start),
      duration_ms: GROUP * EVERY_MS,
    });
  }
  return {
    ...headOf(log, build),
    first_at: log.lines > 0 ? timeOf(1) : null,
    last_at: log.lines > 0 ? timeOf(log.lines) : null,
    groups,
    groups_cut: false,
    errors: log.errors,
    warnings: [],
    error_count: log.errors.length,
    warning_count: 0,
  };
}

function found(log: LongLog, query: URLSearchParams) {
  const q = query.get('q') ?? '';
  const items = [];
  let total = 0;
  for (let n = 1; n <= log.lines; n += 1) {
    const at = textAt(log, n).indexOf(q);
    if (at < 0) continue;
    total += 1;
    if (items.length < 1_000) items.push({ n, spans: [[at, at + q.length]] });
  }
  return { lines_searched: log.lines, total, is_cut: total > items.length, items };
}

/** Answers for these logs; they are of the build. */
export async function giveLogs(
  context: BrowserContext,
  build: string,
  logs: readonly LongLog[],
): Promise<void> {
  for (const log of logs) {
    await context.route(`**/api/v1/logs/${log.id}**`, async (route) => {
      const { pathname, searchParams } = new URL(route.request().url());
      const part = pathname.split('/')[5] ?? 'lines';
      if (part === 'outline') return route.fulfill({ json: outlineOf(log, build) });
      if (part === 'search') {
        if (searchParams.get('regex') !== 'true')
          return route.fulfill({ json: found(log, searchParams) });
        return route.fulfill({
          status: 400,
          contentType: 'application/problem+json',
          json: {
            type: 'about:blank',
            title: 'Bad request',
            status: 400,
            code: 'bad_request',
            detail: 'the pattern has an unclosed group',
          },
        });
      }
      const from = Number(searchParams.get('from') ?? 1);
      const count = Math.min(5_000, Number(searchParams.get('count') ?? 500));
      const length = Math.max(0, Math.min(count, log.lines - from + 1));
      const items = Array.from({ length }, (_, at) => lineAt(log, from + at));
      return route.fulfill({
        json: { ...headOf(log, build), from, items } satisfies LogLines,
      });
    });
  }
}
