import { describe, expect, test } from 'vitest';
import type { AspectState } from '$lib/api/types';
import {
  isHooksOnly,
  isLacking,
  listed,
  progressOf,
  reasonsOf,
  sentencesOf,
  troublesOf,
} from './aspects';

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
  test('is told of also while it is tried again with what is refused', () => {
    const refused = aspect({ state: 'pending', code: 'token_refused', next_at: 'later' });
    const slow = aspect({ aspect: 'tests', state: 'pending', code: 'timeout' });
    const comes = aspect({ aspect: 'steps', state: 'pending' });
    const items = [refused, slow, comes];
    expect(troublesOf({ items, fix: 'renew_token' })).toEqual([refused]);
    expect(items.filter(isLacking)).toEqual([refused, slow]);
  });
  test('is no trouble where nobody was given a token, and nothing was ever told', () => {
    const none = aspect({ state: 'unavailable', code: 'no_token' });
    const told = aspect({ aspect: 'steps' });
    const refused = aspect({ state: 'pending', code: 'token_refused' });
    expect(
      [[none], [none, told], [none, refused], []].map((items) => isHooksOnly({ items })),
    ).toEqual([true, false, false, false]);
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
    expect(
      sentencesOf([aspect({ aspect: 'steps', ...lacks }), aspect({ aspect: 'logs', ...lacks })]),
    ).toEqual(['Steps and logs: the token lacks Build (read).']);
    expect(listed(['steps', 'logs', 'tests'])).toBe('steps, logs and tests');
    expect(listed(['logs'])).toBe('logs');
  });
  test('counts where there is more than one thing to ask for', () => {
    expect(progressOf({ done: 12, total: 40 })).toBe('12 of 40');
    expect(progressOf({ done: 1, total: 1 })).toBe('');
  });
});
