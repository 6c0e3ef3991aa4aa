/** A token for a source: where it goes, what it can read, and what the page says when it is refused. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

const PROJECT = 'a7e47f75-3058-4e37-85a8-4f7806df1f73';

let creel: Creel;
let browser: Browser;
let server: Server;
let base: string;
/** Whether the organization takes the token at all. */
let taken = true;
const asked: { path: string; authorization: string | undefined }[] = [];

/** An organization that lets a token read everything but tests. */
function answer(path: string): [number, unknown] {
  if (!taken) return [401, {}];
  if (path.endsWith('/_apis/connectionData'))
    return [200, { authenticatedUser: { id: PROJECT, providerDisplayName: 'Ada' } }];
  if (path.endsWith('/_apis/projects')) return [200, { count: 1, value: [{ id: PROJECT }] }];
  if (path.endsWith('/_apis/build/builds')) return [200, { count: 1, value: [{ id: 4211 }] }];
  if (path.includes('/_apis/test/')) return [403, { message: 'no' }];
  return [200, { count: 0, value: [] }];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const [status, body] = answer(path);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/contoso`;
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
  server.closeAllConnections();
  server.close();
});

test('a token is set, tried, refused and mended', async () => {
  await creel.hook('azure', azureBuild());
  const visited = await visit(browser, creel);
  const { page } = visited;
  await page.goto('/sources');
  await page.getByText('Without a token steps are what hooks tell').waitFor();
  await page.getByRole('button', { name: 'Set a token' }).click();
  const dialog = page.getByRole('dialog', { name: 'A token for Azure DevOps' });
  await dialog.getByText('Test Management: Read').waitFor();
  expect(new URL(page.url()).searchParams.get('access')).toBe('azure_devops');
  expect(await visited.axe()).toEqual([]);

  // Another address than the provider’s own takes a word.
  await dialog.getByLabel('Base address').fill(base);
  await dialog.getByLabel('Token', { exact: true }).fill('not-a-real-token');
  await dialog.getByRole('button', { name: 'Set and try it' }).click();
  await dialog.getByText('Without your word the token is not sent there.').waitFor();
  expect(asked).toEqual([]);
  await dialog.getByLabel('Send the token there').check();
  await dialog.getByRole('button', { name: 'Set and try it' }).click();

  const done = page.getByRole('dialog', { name: 'The token is set' });
  await done.getByText('It belongs to Ada.').waitFor();
  await done.getByText('Test Management (read): the test runs may not be read').waitFor();
  await visited.shots('token-set');
  expect(await visited.axe()).toEqual([]);
  await done.getByRole('button', { name: 'Done' }).click();
  const token = page.getByRole('region', { name: 'Token' });
  await token.getByText('It lacks Test Management (read).').waitFor();
  expect(asked.every((one) => one.authorization?.startsWith('Basic '))).toBe(true);
  expect(await page.content()).not.toContain('not-a-real-token');

  taken = false;
  await token.getByRole('button', { name: 'Check' }).click();
  const look = page.getByRole('dialog', { name: 'What the token can do' });
  await look.getByText('It was tried and cannot be used').waitFor();
  await look.getByRole('button', { name: 'Done' }).click();
  await page.getByText('The provider refuses its token.').waitFor();
  await visited.shots('token-refused');
  expect(await visited.axe()).toEqual([]);

  taken = true;
  await token.getByRole('button', { name: 'Fix' }).click();
  const again = page.getByRole('dialog', { name: 'A token for Azure DevOps' });
  expect(await again.getByLabel('Base address').inputValue()).toBe(base);
  await again.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${creel.url}/sources`);
});

test('the address opens the form, and connecting ends with it', async () => {
  const visited = await visit(browser, creel);
  const { page } = visited;
  await page.goto('/sources?access=buildkite');
  await page.getByRole('dialog', { name: 'A token for Buildkite' }).waitFor();
  await page.goto('/sources/new/azure');
  await page.getByRole('heading', { name: /A token \(optional\)/ }).waitFor();
  await page.getByRole('button', { name: 'Set a token' }).click();
  await page.getByRole('dialog', { name: 'A token for Azure DevOps' }).waitFor();
});
