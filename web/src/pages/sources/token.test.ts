import { describe, expect, test } from 'vitest';
import type { SourceToken } from '$lib/api/types';
import { endOf, isAsked, isOwnBase, troubleOf } from './token';

const NOW = Date.parse('2026-02-13T15:00:00Z');
const token = (parts: Partial<SourceToken> = {}): SourceToken => ({
  id: '1',
  origin: 'set',
  base: 'https://dev.azure.com/contoso',
  state: 'well',
  who: 'Ada',
  missing: [],
  expires_at: null,
  last_ok_at: null,
  last_error: null,
  ...parts,
});

test('only what can be asked has a token', () => {
  expect(['azure_devops', 'buildkite', 'github', ''].map(isAsked)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe('an address of the provider’s own', () => {
  test.each([
    ['azure_devops', 'https://dev.azure.com/contoso', true],
    ['azure_devops', ' https://contoso.visualstudio.com/ ', true],
    ['azure_devops', 'https://dev.azure.com/', false],
    ['azure_devops', 'http://dev.azure.com/contoso', false],
    ['azure_devops', 'https://dev.azure.com.evil.test/contoso', false],
    ['azure_devops', 'https://dev.azure.com@evil.test/contoso', false],
    ['azure_devops', 'https://tfs.acme.test/tfs/Main', false],
    ['buildkite', 'https://api.buildkite.com/v2', true],
    ['buildkite', 'https://buildkite.com/v2', false],
    ['buildkite', 'nonsense', false],
  ] as const)('%s: %s', (provider, base, own) => {
    expect(isOwnBase(provider, base)).toBe(own);
  });
});

describe('the end of a token', () => {
  test.each([
    [null, null],
    ['2026-02-13T14:00:00Z', 'has ended'],
    ['2026-02-13T23:00:00Z', 'ends today'],
    ['2026-02-14T16:00:00Z', 'ends in 1 day'],
    ['2026-02-27T15:00:00Z', 'ends in 14 days'],
  ])('%s', (at, words) => {
    expect(endOf(at, NOW)).toBe(words);
  });
});

test('what is to be done is said, and nothing where nothing is', () => {
  expect(troubleOf(token())).toBeNull();
  expect(troubleOf(token({ state: 'lacks_scope', missing: ['Test Management (read)'] }))).toBe(
    'It lacks Test Management (read).',
  );
  const error = {
    at: '2026-02-13T14:00:00Z',
    code: 'token_refused',
    reason: 'the token was refused',
  };
  expect(troubleOf(token({ state: 'refused', last_error: error }))).toBe('The token was refused.');
});
