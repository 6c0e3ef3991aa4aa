import { expect, test } from 'vitest';
import { tooShort } from './password';

test('a password has twelve characters, whatever they are made of', () => {
  expect(tooShort('eleven char')).toBe('12 characters or more, please; these are 11.');
  expect(tooShort('🐟'.repeat(11))).toContain('these are 11');
  expect(tooShort('a few good words')).toBeUndefined();
});
