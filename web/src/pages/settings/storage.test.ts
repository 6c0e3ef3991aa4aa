import { expect, test } from 'vitest';
import type { StorageSize } from '$lib/api/types';
import { growth, keptFor } from './storage';

const day = 24 * 3_600_000;
const kept = (age_ms: number | null, size_bytes: number | null = null) =>
  keptFor({ age_ms, size_bytes });

test('ages are said in days and years', () => {
  expect(kept(90 * day)).toBe('90 days');
  expect(kept(day)).toBe('1 day');
  expect(kept(365 * day)).toBe('365 days');
  expect(kept(5 * 365 * day)).toBe('5 years');
  expect(kept(null)).toBe('for ever');
  expect(kept(90 * day, 10_000_000_000)).toBe('90 days, within 10 GB');
});

test('a picture begins at the left, ends at the right, and is as high as the most', () => {
  const size = (at: string, journal_bytes: number, books_bytes: number): StorageSize => ({
    at,
    journal_bytes,
    books_bytes,
    logs_bytes: 0,
  });
  const history = [
    size('2026-01-01T00:00:00Z', 0, 10),
    size('2026-01-02T00:00:00Z', 20, 20),
    size('2026-01-05T00:00:00Z', 40, 60),
  ];
  const found = growth(history, 400, 100);
  expect(found?.total).toBe('0.0,90.0 100.0,60.0 400.0,0.0');
  expect(found?.journal).toBe('0.0,100.0 100.0,80.0 400.0,60.0');
  expect(growth(history.slice(0, 1), 400, 100)).toBeNull();
  expect(growth([], 400, 100)).toBeNull();
});
