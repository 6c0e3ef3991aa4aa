import { expect, test } from 'vitest';
import { buildOf } from './build.fixture';
import { inTime } from './order';

test('two builds stand in the order of time, whichever was chosen first', () => {
  const early = buildOf('a', { queued_at: '2026-02-13T10:00:00Z' });
  const late = buildOf('b', { queued_at: null, started_at: '2026-02-13T11:00:00Z' });
  expect(inTime(late, early)).toEqual([early, late]);
  expect(inTime(early, late)).toEqual([early, late]);
});
