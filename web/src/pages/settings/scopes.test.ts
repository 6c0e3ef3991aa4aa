import { describe, expect, test } from 'vitest';
import { browserName, limitsOf, listed } from './scopes';

describe('a browser', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  test.each([
    [chrome, 'Chrome on Linux'],
    [`${chrome} Edg/156.0`, 'Edge on Linux'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:140.0) Firefox/140.0', 'Firefox on macOS'],
    ['curl/8.14.1', 'curl'],
    ['shop-watcher 2', 'shop-watcher 2'],
    [null, null],
  ])('%s is called %s', (agent, name) => {
    expect(browserName(agent)).toBe(name);
  });
});

test('limits are phrases, and none are none', () => {
  expect(limitsOf({ limits: {} })).toEqual([]);
  expect(
    limitsOf({ limits: { networks: ['office'], projects: ['Web', 'App'], per_minute: 60 } }),
  ).toEqual(['from office', 'projects Web, App', '60 requests a minute']);
});

test('a list is typed with commas', () => {
  expect(listed(' Web, App ,,')).toEqual(['Web', 'App']);
});
