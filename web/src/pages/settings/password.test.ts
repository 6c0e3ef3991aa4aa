import { expect, test } from 'vitest';
import { tokenIn, tooShort } from './password';

test('a password has twelve characters, whatever they are made of', () => {
  expect(tooShort('eleven char')).toBe('12 characters or more, please; these are 11.');
  expect(tooShort('🐟'.repeat(11))).toContain('these are 11');
  expect(tooShort('a few good words')).toBeUndefined();
});

test('a token is taken alone and out of its link', () => {
  expect(tokenIn(' abc_-9 ')).toBe('abc_-9');
  expect(tokenIn('https://creel.example/setup#token=abc_-9\n')).toBe('abc_-9');
});
