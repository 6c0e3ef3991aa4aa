import { describe, expect, test } from 'vitest';
import type { Source } from '$lib/api/types';
import { detailsOf, reasonsOf } from './health';

const NOW = Date.parse('2026-02-13T15:00:00Z');
const source = (parts: Partial<Source> = {}): Source => ({
  id: '6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55',
  provider: 'azure_devops',
  name: 'contoso',
  base_url: 'https://dev.azure.com/contoso/',
  last_event_at: '2026-02-13T14:59:00Z',
  events_24h: 40,
  duplicates_24h: 0,
  parked_24h: 0,
  refused_24h: 0,
  lag_p95_ms: 512,
  details: 'all',
  health: 'healthy',
  access: { read: null, write: null, none: { code: 'no_token', reason: 'no token' } },
  ...parts,
});

describe('the reasons of a source', () => {
  test('a healthy one says so', () => {
    expect(reasonsOf(source(), 'contoso', NOW)).toEqual([
      { text: 'Events arrive and can be read.' },
    ]);
  });

  test('a degraded one names everything, with the way there', () => {
    const reasons = reasonsOf(
      source({ health: 'degraded', parked_24h: 1, refused_24h: 12, details: 'minimal' }),
      'contoso',
      NOW,
    );
    expect(reasons).toEqual([
      {
        text: '1 event could not be read and is parked.',
        href: '/events?status=parked&source=contoso',
      },
      {
        text: '12 requests with a key of this source were refused.',
        href: '/sources?refused=azure_devops',
      },
      { text: 'Hooks come with ids only: names, times and results are missing.' },
    ]);
  });

  test('a token that needs somebody is named', () => {
    const read = {
      id: '1',
      origin: 'set',
      base: 'https://dev.azure.com/contoso',
      state: 'refused',
      who: null,
      missing: [],
      expires_at: null,
      last_ok_at: null,
      last_error: null,
    } as const;
    const reasons = reasonsOf(
      source({
        health: 'degraded',
        access: { read: { ...read, missing: [] }, write: null, none: null },
      }),
      'contoso',
      NOW,
    );
    expect(reasons).toEqual([{ text: 'The provider refuses its token.' }]);
  });

  test('a silent one says since when', () => {
    const reasons = reasonsOf(
      source({ health: 'silent', last_event_at: '2026-02-10T15:00:00Z' }),
      'contoso',
      NOW,
    );
    expect(reasons[0]?.text).toBe('Nothing for 24 hours: the last event came 3 d ago.');
  });
});

test('too few details come with what to change at the provider', () => {
  expect(detailsOf({ provider: 'azure_devops', details: 'none' }).todo).toContain(
    'Resource details to send',
  );
  expect(detailsOf({ provider: 'buildkite', details: 'all' }).todo).toBeNull();
});
