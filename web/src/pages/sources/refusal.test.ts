import { expect, test } from 'vitest';
import { refusalWords, turnedAway } from './refusal';

test('what to do names the field of the provider’s own form', () => {
  expect(refusalWords({ code: 'key_missing', provider: 'azure_devops' }).todo).toContain(
    'Basic authentication password',
  );
  const byHeader = refusalWords(
    { code: 'key_missing', provider: 'azure_devops' },
    { carrier: 'header' },
  );
  expect(byHeader.todo).toBe('Paste the key into “HTTP headers”, as X-API-Key:KEY, and save.');
  expect(refusalWords({ code: 'key_unknown', provider: 'buildkite' }).todo).toContain('“Token”');
});

test('a key that was recognised is called by its name', () => {
  expect(refusalWords({ code: 'key_revoked', provider: 'buildkite' }, { key: 'bk' }).title).toBe(
    'The key bk was revoked',
  );
});

test('a code of tomorrow is shown as it is', () => {
  expect(refusalWords({ code: 'moon_phase', provider: 'other' }).title).toBe('moon phase');
});

test('refusals of many minutes are one line for each reason, the latest first', () => {
  const one = (at: string, code: string, count: number, address: string) => ({
    id: 1,
    at,
    provider: 'azure_devops' as const,
    route: '/webhooks/azure',
    code,
    key_id: null,
    count,
    address,
  });
  const turned = turnedAway(
    [
      one('2026-02-13T14:00:00Z', 'key_unknown', 2, '203.0.113.9'),
      one('2026-02-13T14:05:00Z', 'key_missing', 1, '203.0.113.9'),
      one('2026-02-13T14:06:00Z', 'key_unknown', 3, '203.0.113.10'),
      one('2026-02-11T14:06:00Z', 'key_unknown', 90, '203.0.113.11'),
    ],
    Date.parse('2026-02-13T00:00:00Z'),
  );
  expect(turned.map(({ code, count, addresses }) => [code, count, addresses])).toEqual([
    ['key_unknown', 5, ['203.0.113.10', '203.0.113.9']],
    ['key_missing', 1, ['203.0.113.9']],
  ]);
});
