import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { credentialOf, curlOf, fixtureName, quote } from './curl';

const base = 'https://ci.example';
const delivery = (body: string | null, headers: Record<string, string> = {}) => ({
  headers: { ':target': '/webhooks/azure', 'content-type': 'application/json', ...headers },
  body,
  file: 'build.complete-7.json',
});

test.each(["it's", 'a "b" $HOME `id` \\ !', 'two\nlines', '', "''", 'ünïcode'])(
  'a shell reads %j as one word, unchanged',
  (text) => {
    const said = execFileSync('sh', ['-c', `printf '%s|' ${quote(text)}`], { encoding: 'utf8' });
    expect(said).toBe(`${text}|`);
  },
);

test('the command goes to our own address, with a placeholder for the key', () => {
  expect(curlOf(delivery('{"a":"it\'s"}'), `${base}/`)).toBe(
    [
      "curl 'https://ci.example/webhooks/azure'",
      "-H 'content-type: application/json'",
      "-H 'X-API-Key: YOUR-KEY'",
      `--data-raw '{"a":"it'\\''s"}'`,
    ].join(' \\\n  '),
  );
});

test('masked values, and what a machine adds by itself, are left out', () => {
  const command = curlOf(
    delivery('{}', {
      ':target': '/hooks/nightly?apiKey=***&team=web&azpToken=***',
      ':token-azure_devops': 'ac5a45090568',
      authorization: '***',
      'content-length': '2',
      host: 'ci.example',
      'x-buildkite-event': 'ping',
      'x-forwarded-for': '10.0.0.1',
    }),
    base,
  );
  expect(command).toContain("'https://ci.example/hooks/nightly?team=web'");
  expect(command).toContain("-H 'x-buildkite-event: ping'");
  expect(command).not.toMatch(/\*\*\*|ac5a45090568|content-length|x-forwarded|host:/);
});

test('a body that begins with @ is no file name', () => {
  expect(curlOf(delivery('@/etc/passwd'), base)).toContain("--data-raw '@/etc/passwd'");
});

test('a body too long for a command comes from the saved file', () => {
  expect(curlOf(delivery('ü'.repeat(60_000)), base)).toContain(
    "--data-binary '@build.complete-7.json'",
  );
});

test('a forgotten body is not made up', () => {
  expect(curlOf(delivery(null), base)).not.toContain('--data');
});

test('a fixture is named by type and number, with nothing that a file name must not hold', () => {
  expect(fixtureName('build.complete', 7, true)).toBe('build.complete-7.json');
  expect(fixtureName('../../etc/passwd', 7, true)).toBe('etc-passwd-7.json');
  expect(fixtureName(null, 8, false)).toBe('event-8.txt');
});

test.each([
  [{ 'x-buildkite-signature': '***' }, 'a signature in the header x-buildkite-signature'],
  [{ authorization: '***' }, 'a key in the header authorization'],
  [{ ':target': '/webhooks/azure?apiKey=***' }, 'a key in the address (apiKey)'],
  [{ ':target': '/webhooks/azure' }, null],
])('%o tells of %s', (headers, told) => expect(credentialOf(headers as never)).toBe(told));
