import { describe, expect, test } from 'vitest';
import {
  absolute,
  bytes,
  count,
  duration,
  isoDuration,
  plain,
  plural,
  providerName,
  relative,
  sentence,
  words,
} from './format';

describe('a duration', () => {
  test.each([
    [0, '0 ms'],
    [420, '420 ms'],
    [4_200, '4.2 s'],
    [48_000, '48 s'],
    [60_000, '1 m 00 s'],
    [482_000, '8 m 02 s'],
    [7_800_000, '2 h 10 m'],
    [273_600_000, '3 d 4 h'],
    [9_970, '10 s'],
    [59_700, '1 m 00 s'],
    [3_599_700, '1 h 00 m'],
    [86_399_000, '1 d 0 h'],
  ])('of %i ms reads %s', (ms, text) => expect(duration(ms)).toBe(text));

  test('that is not known is a dash, not zero', () => expect(duration(null)).toBe('—'));
  test('below nothing is nothing', () => expect(duration(-5)).toBe('0 ms'));
  test('is told to machines in seconds', () => expect(isoDuration(482_000)).toBe('PT482S'));
});

describe('a relative time', () => {
  const now = Date.parse('2026-02-13T14:30:00Z');
  test.each([
    ['2026-02-13T14:29:58Z', 'just now'],
    ['2026-02-13T14:29:48Z', '12 s ago'],
    ['2026-02-13T14:27:00Z', '3 min ago'],
    ['2026-02-13T12:10:00Z', '2 h ago'],
    ['2026-02-08T14:30:00Z', '5 d ago'],
    ['2026-02-13T14:33:00Z', 'in 3 min'],
    ['nonsense', 'unknown'],
  ])('of %s reads %s', (at, text) => expect(relative(at, now)).toBe(text));
});

test('an absolute time is sortable and names its zone', () => {
  expect(absolute('2026-02-13T14:30:02.123Z', 'utc')).toBe('2026-02-13 14:30:02 UTC');
});

test.each([
  [512, '512 B'],
  [4_200, '4.2 kB'],
  [999_600, '1.0 MB'],
  [1_300_000, '1.3 MB'],
  [16_777_216, '17 MB'],
])('%i bytes read %s', (number, text) => expect(bytes(number)).toBe(text));

test('counts are grouped and agree with their noun', () => {
  expect(count(12_345)).toBe('12,345');
  expect(plural(1, 'build')).toBe('1 build');
  expect(plural(0, 'entry', 'entries')).toBe('0 entries');
});

test('outside words are written as people write them', () => {
  expect(providerName('azure_devops')).toBe('Azure DevOps');
  expect(words('pull_request')).toBe('Pull request');
});

test('what turns the direction of a text is left out, and nothing else', () => {
  expect(plain('\u202elive\u202c \u2066x\u2069')).toBe('live x');
  expect(plain('שלום 🐟 a\u200db')).toBe('שלום 🐟 a\u200db');
});

test('a reason becomes a sentence once', () => {
  expect(sentence('the token lacks Build (read)')).toBe('The token lacks Build (read).');
  expect(sentence('Kept whole.')).toBe('Kept whole.');
  expect(sentence('')).toBe('');
});
