import { describe, expect, test } from 'vitest';
import type { AspectState } from '$lib/api/types';
import { listed, progressOf, reasonsOf, troublesOf } from './aspects';

const aspect = (wish: Partial<AspectState>): AspectState => ({
  aspect: 'logs',
  state: 'done',
  code: null,
  reason: null,
  tries: 1,
  at: null,
  next_at: null,
  done: 1,
  total: 1,
  ...wish,
});

describe('what was asked of a provider', () => {
  test('is told of where it failed, or a token would help; not where there is nothing to have', () => {
    const items = [
      aspect({ aspect: 'steps' }),
      aspect({ aspect: 'tests', state: 'unavailable', code: 'not_found' }),
      aspect({ aspect: 'logs', state: 'failed', code: 'timeout' }),
      aspect({ aspect: 'changes', state: 'unavailable', code: 'no_token' }),
      aspect({ aspect: 'artifacts', state: 'pending' }),
    ];
    expect(troublesOf({ items, fix: null }).map((one) => one.aspect)).toEqual(['logs', 'changes']);
    expect(troublesOf(undefined)).toEqual([]);
  });
  test('says one reason once', () => {
    const lacks = { state: 'failed', reason: 'the token lacks Build (read)' } as const;
    expect(
      reasonsOf([
        aspect({ aspect: 'steps', ...lacks }),
        aspect({ aspect: 'logs', ...lacks }),
        aspect({ aspect: 'changes', state: 'failed' }),
      ]),
    ).toEqual([
      { reason: 'the token lacks Build (read)', of: ['steps', 'logs'] },
      { reason: 'the provider did not answer', of: ['changes'] },
    ]);
    expect(listed(['steps', 'logs', 'tests'])).toBe('steps, logs and tests');
    expect(listed(['logs'])).toBe('logs');
  });
  test('counts where there is more than one thing to ask for', () => {
    expect(progressOf({ done: 12, total: 40 })).toBe('12 of 40');
    expect(progressOf({ done: 1, total: 1 })).toBe('');
  });
});
