import { describe, expect, test } from 'vitest';
import type { Event, Refusal } from '$lib/api/types';
import { Arrivals, type Before } from './arrivals';

const event = (entry_id: number, parts: Partial<Event> = {}): Event => ({
  entry_id,
  received_at: `2026-02-13T14:30:${String(entry_id % 60).padStart(2, '0')}Z`,
  provider: 'azure_devops',
  source: 'contoso',
  type: 'build.complete',
  kind: 'build.finished',
  subject: null,
  status: 'done',
  answer: 'stored',
  reason: null,
  duplicates: 0,
  echo_of: null,
  channel: null,
  bytes: 2_000,
  delay_ms: 400,
  builds: ['b1'],
  ...parts,
});
const refusal = (id: number, count: number, parts: Partial<Refusal> = {}): Refusal => ({
  id,
  at: '2026-02-13T14:30:30Z',
  provider: 'azure_devops',
  route: '/webhooks/azure',
  code: 'key_unknown',
  key_id: null,
  count,
  address: '203.0.113.9',
  ...parts,
});
const before: Before = { entry: 10, refusals: [refusal(1, 3)], sources: [] };

describe('what has arrived', () => {
  test('is only what came after, of this provider', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeEvents([event(12, { provider: 'buildkite' }), event(11), event(10)]);
    arrivals.takeRefusals([refusal(1, 3), refusal(2, 1, { provider: 'buildkite' })]);
    expect(arrivals.rows().map(({ id }) => id)).toEqual(['e11']);
  });

  test('counts of a refusal only what came since', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeRefusals([refusal(1, 5)]);
    expect(arrivals.rows()).toMatchObject([{ id: 'r1', count: 2 }]);
  });

  test('may be what went to a mistyped address, whoever sent it', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeRefusals([
      refusal(2, 1, { provider: 'other', code: 'not_found', route: 'nowhere' }),
      refusal(3, 1, { provider: 'other' }),
    ]);
    expect(arrivals.rows().map(({ id }) => id)).toEqual(['r2']);
  });

  test('an entry that is not read yet is looked at again', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeEvents([event(13), event(12, { status: 'pending', builds: [] }), event(11)]);
    expect(arrivals.floor).toBe(11);
    arrivals.takeEvents([event(12)]);
    expect(arrivals.floor).toBe(13);
  });

  test('stays bounded, and keeps what proved the way', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeEvents([event(11)]);
    expect(arrivals.best()?.entry_id).toBe(11);
    arrivals.takeEvents(Array.from({ length: 80 }, (_, index) => event(20 + index)));
    expect(arrivals.rows()).toHaveLength(50);
    expect(arrivals.best()?.entry_id).toBe(11);
  });
});

describe('what proves the way', () => {
  test('is not the test that the page sent itself', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.sentByUs(11);
    arrivals.takeEvents([event(11, { answer: 'test', builds: [] })]);
    expect(arrivals.best()).toBeNull();
    expect(arrivals.rows()).toMatchObject([{ ours: true }]);
  });

  test('is a build before anything else, and that before a test', () => {
    const arrivals = new Arrivals('azure_devops', before);
    arrivals.takeEvents([event(11, { answer: 'test', builds: [] })]);
    expect(arrivals.best()?.entry_id).toBe(11);
    arrivals.takeEvents([event(12, { type: 'git.push', builds: [] })]);
    expect(arrivals.best()?.entry_id).toBe(12);
    arrivals.takeEvents([event(13), event(14)]);
    expect(arrivals.best()?.entry_id).toBe(13);
  });

  test('beside senders that were there before it is who is new, or who used the new key', () => {
    const crowded = new Arrivals('azure_devops', { ...before, sources: ['contoso'] });
    crowded.takeEvents([event(11)]);
    expect(crowded.best(null)).toBeNull();
    expect(crowded.best('2026-02-13T14:30:10Z')?.entry_id).toBe(11);
    expect(crowded.best('2026-02-13T14:30:50Z')).toBeNull();
    crowded.takeEvents([event(12, { source: 'fabrikam' })]);
    expect(crowded.best(null)?.entry_id).toBe(12);
  });
});
