import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromField, timeOf, timeWords, toField } from './times';

const now = Date.parse('2026-02-13T14:30:45.123Z');
const MOMENT = '2026-02-13T10:00:00.000Z';

let before: string | undefined;
beforeEach(() => {
  before = process.env.TZ;
  process.env.TZ = 'Asia/Kolkata';
});
afterEach(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

describe('a time of a filter', () => {
  test('that goes with the clock is resolved to the minute, others are left', () => {
    expect(timeOf('24h', now)).toBe('2026-02-12T14:30:00.000Z');
    expect(timeOf('7d', now)).toBe('2026-02-06T14:30:00.000Z');
    expect(timeOf('2026-02-13', now)).toBe('2026-02-13');
  });

  test('is told as the lists tell it', () => {
    expect(timeWords('90m', 'utc')).toBe('90 min ago');
    expect(timeWords(MOMENT, 'utc')).toBe('2026-02-13 10:00:00 UTC');
    expect(timeWords('2026-02-13', 'utc')).toBe('2026-02-13 00:00:00 UTC');
    expect(timeWords('yesterday', 'utc')).toBe('yesterday');
  });

  test('has in its field the figures of the zone that the reader prefers', () => {
    expect(toField(MOMENT, 'utc')).toBe('2026-02-13T10:00');
    expect(toField(MOMENT, 'local')).toBe('2026-02-13T15:30');
    expect(toField('24h', 'utc')).toBe('');
  });

  test.each(['utc', 'local'] as const)('comes back from its field, in %s', (zone) => {
    expect(fromField(toField(MOMENT, zone), zone)).toBe(MOMENT);
    expect(fromField('', zone)).toBe('');
  });
});
