import { expect, test } from 'vitest';
import { reportWays, WAYS } from './reports';

test('every way to send reports leads to the server, and none holds a key', () => {
  const ways = reportWays('https://creel.example');
  expect(ways.map(({ key }) => key)).toEqual([...WAYS]);
  for (const { steps, key } of ways) {
    const text = steps.map(({ command }) => command ?? '').join('\n');
    if (!['buildkite', 'azure'].includes(key)) expect(text).toContain('https://creel.example');
    expect(text).not.toMatch(/creel_[a-z0-9]{8}/i);
  }
});
