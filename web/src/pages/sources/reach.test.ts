import { expect, test } from 'vitest';
import { hookAddress, reachOf } from './reach';

test.each([
  ['https://hooks.example.com', 'open'],
  ['https://203.0.113.9:8443', 'open'],
  ['http://hooks.example.com', 'unencrypted'],
  ['http://127.0.0.1:3000', 'loopback'],
  ['http://localhost:3000', 'loopback'],
  ['http://creel.localhost', 'loopback'],
  ['http://[::1]:3000', 'loopback'],
  ['http://[::ffff:127.0.0.1]:3000', 'loopback'],
  ['https://10.1.2.3', 'private'],
  ['https://172.20.0.4', 'private'],
  ['https://172.32.0.4', 'open'],
  ['https://192.168.1.7', 'private'],
  ['https://100.100.1.1', 'private'],
  ['https://[fd12:3456::1]', 'private'],
  ['https://[fe80::1]', 'private'],
  ['https://build-box', 'inside'],
  ['https://creel.corp', 'inside'],
])('%s is %s', (base, reach) => {
  expect(reachOf(base)).toBe(reach);
});

test('a base address may end with a slash', () => {
  expect(hookAddress('https://hooks.example.com/', 'azure')).toBe(
    'https://hooks.example.com/webhooks/azure',
  );
});
