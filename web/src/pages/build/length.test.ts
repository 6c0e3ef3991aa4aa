import { describe, expect, test } from 'vitest';
import { compared, ranFor } from './length';

const NOW = Date.parse('2026-02-13T12:00:00.400Z');
const MINUTE = 60_000;
type Timed = Parameters<typeof compared>[0];
const build = (wish: Partial<Timed>): Timed => ({
  state: 'finished',
  result: 'success',
  queued_at: '2026-02-13T11:49:00Z',
  started_at: '2026-02-13T11:50:00Z',
  finished_at: '2026-02-13T11:58:00Z',
  duration_ms: 8 * MINUTE,
  ...wish,
});
const running = { state: 'running', result: null, finished_at: null, duration_ms: null } as const;

describe('the length of a build', () => {
  test('is told, or grows by seconds while it runs', () => {
    expect(ranFor(build({}), NOW)).toBe(8 * MINUTE);
    expect(ranFor(build(running), NOW)).toBe(10 * MINUTE);
    expect(ranFor(build({ ...running, started_at: null }), NOW)).toBe(11 * MINUTE);
    expect(ranFor(build({ ...running, state: 'queued' }), NOW)).toBeNull();
  });
  test('is not known of one that ended before it began, and is compared with nothing', () => {
    const odd = build({ finished_at: '2026-02-13T11:49:30Z', duration_ms: 0 });
    expect(ranFor(odd, NOW)).toBeNull();
    expect(compared(odd, 8 * MINUTE, NOW)?.text).toBe('told to have ended before it began');
  });
});

describe('against the usual', () => {
  const said = (wish: Partial<Timed>, usual: number | null) => compared(build(wish), usual, NOW);

  test('a build is longer, shorter or the same', () => {
    expect(said({}, 5 * MINUTE)).toEqual({ tone: 'slower', text: '▲ 3 m 00 s longer than usual' });
    expect(said({}, 9 * MINUTE)?.text).toBe('▼ 1 m 00 s shorter than usual');
    expect(said({}, 8.2 * MINUTE)?.text).toBe('as usual');
    expect(said({}, null)).toBeNull();
  });
  test('one that runs has so long to go, and one that failed is no measure', () => {
    expect(said(running, 12 * MINUTE)?.text).toBe('of about 12 m 00 s');
    expect(said(running, 9 * MINUTE)?.tone).toBe('slower');
    expect(said({ result: 'failure' }, 5 * MINUTE)?.text).toBe('usually 5 m 00 s');
  });
});
