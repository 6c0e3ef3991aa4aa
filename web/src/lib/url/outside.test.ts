import { expect, test } from 'vitest';
import { outside } from './outside';

test('only the web is an address to go to', () => {
  expect(outside('https://dev.azure.com/contoso')).toBe('https://dev.azure.com/contoso');
  expect(outside('javascript:alert(1)')).toBeNull();
  expect(outside('/builds')).toBeNull();
  expect(outside(null)).toBeNull();
});
