import { describe, expect, test } from 'vitest';
import type { Forward } from '$lib/api/types';
import { nameOf, standingOf } from './forwarding';

const NOW = Date.parse('2026-02-13T15:00:00Z');
const forward = (parts: Partial<Forward> = {}): Forward => ({
  name: 'default',
  url: 'http://127.0.0.1:4000/hooks/receive',
  only: [],
  timeout_ms: 10_000,
  state: 'idle',
  place: 12,
  lag_entries: 0,
  oldest_waiting_at: null,
  last_taken_at: null,
  problem: null,
  taken: 12,
  refused: 0,
  failed: 0,
  passed_over: [],
  ...parts,
});

describe('how a receiver is doing', () => {
  test('one that has everything', () => {
    expect(standingOf(forward(), NOW, 'utc')).toBe('It has everything.');
  });

  test('one that did not take all', () => {
    const said = standingOf(forward({ refused: 3, failed: 1 }), NOW, 'utc');
    expect(said).toBe('Nothing waits; 4 events it did not take.');
  });

  test('one that is being given what waited', () => {
    const behind = forward({ state: 'delivering', lag_entries: 3_412 });
    expect(standingOf(behind, NOW, 'utc')).toBe('3,412 events on the way.');
  });

  test('one that is away', () => {
    const problem = {
      entry_id: 13,
      reason: 'connection refused',
      since: '2026-02-13T09:12:00Z',
      tries: 7,
      next_try_at: '2026-02-13T15:00:40Z',
    };
    const away = forward({ state: 'waiting', lag_entries: 1, problem });
    const said = standingOf(away, NOW, 'utc');
    expect(said).toContain('1 event behind: connection refused, since ');
    expect(said).toContain('09:12');
    expect(said).toContain('in 40 s');
    expect(standingOf(away, NOW + 60_000, 'utc')).toContain('trying again now');
  });
});

test('the one without a name is called what it is', () => {
  expect(nameOf(forward())).toBe('Receiver');
  expect(nameOf(forward({ name: 'old' }))).toBe('old');
});
