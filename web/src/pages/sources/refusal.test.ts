import { expect, test } from 'vitest';
import type { Refusal } from '$lib/api/types';
import { doorOf, isCut, refusalWords, turnedAway } from './refusal';

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

test('what stands in the form already is compared, in a sentence', () => {
  const todo = (carrier?: 'basic' | 'header') =>
    refusalWords({ code: 'key_unknown', provider: 'azure_devops' }, carrier ? { carrier } : {})
      .todo;
  expect(todo()).toMatch(
    /^Compare the key with what stands in “Basic authentication password”, or in “HTTP headers” after X-API-Key\. A letter /,
  );
  expect(todo('header')).toContain('what stands in “HTTP headers” after X-API-Key. A');
});

test('an address that was mistyped is compared with the right one', () => {
  const base = 'https://creel.example/';
  const todo = (provider: Refusal['provider']) =>
    refusalWords({ code: 'not_found', provider }, { base }).todo;
  expect(todo('azure_devops')).toBe(
    'The key is right. Compare the URL in the form with https://creel.example/webhooks/azure: a letter differs.',
  );
  expect(todo('other')).toContain(
    'https://creel.example/webhooks/azure or https://creel.example/webhooks/buildkite: ',
  );
  expect(doorOf('nowhere')).toBe('no such address');
  expect(doorOf('azure')).toBe('/webhooks/azure');
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

test('there may be more than were read, as long as the last is of the time that is asked for', () => {
  const since = Date.parse('2026-02-13T00:00:00Z');
  const list = (last: string, next_cursor: string | null) => ({
    items: [{ at: '2026-02-13T14:00:00Z' }, { at: last }],
    next_cursor,
  });
  expect(isCut(list('2026-02-13T12:00:00Z', 'more'), since)).toBe(true);
  expect(isCut(list('2026-02-12T12:00:00Z', 'more'), since)).toBe(false);
  expect(isCut(list('2026-02-13T12:00:00Z', null), since)).toBe(false);
});
