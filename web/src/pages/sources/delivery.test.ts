import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { azureTest, buildkiteSignature, buildkiteTest, uuid } from './delivery';

const NOW = new Date('2026-02-13T14:30:02Z');

test('the signature is what any other HMAC-SHA256 says of time and body', async () => {
  const expected = createHmac('sha256', 'a-key').update('1771000000.{"a":1}').digest('hex');
  expect(await buildkiteSignature('a-key', '{"a":1}', 1_771_000_000)).toBe(
    `timestamp=1771000000,signature=${expected}`,
  );
});

test('in signature mode the token itself stays at home', async () => {
  const { headers, signed } = await buildkiteTest('a-key', 'signature', NOW);
  expect(signed).toBe(true);
  expect(JSON.stringify(headers)).not.toContain('a-key');
});

test('every test is another delivery', () => {
  const id = (text: string) => JSON.parse(text).id;
  expect(id(azureTest('k', 'header', NOW).body)).not.toBe(id(azureTest('k', 'header', NOW).body));
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the key goes as the form says', () => {
  expect(azureTest('k', 'header', NOW).headers).toEqual({ 'x-api-key': 'k' });
  expect(azureTest('k', 'basic', NOW).headers.authorization).toBe(`Basic ${btoa('creel:k')}`);
});
