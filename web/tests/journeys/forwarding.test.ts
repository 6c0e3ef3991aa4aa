/** A receiver that was there before: what the page says while it is away, and when it is back. */
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

let creel: Creel;
let browser: Browser;
let receiver: Server | undefined;
let port: number;

/** Takes everything but the builds that were canceled. */
const listen = (at: number) =>
  new Promise<Server>((resolve) => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => response.writeHead(body.includes('canceled') ? 422 : 200).end());
    });
    server.listen(at, '127.0.0.1', () => resolve(server));
  });

const close = async () => {
  receiver?.closeAllConnections();
  await new Promise((resolve) => (receiver ? receiver.close(resolve) : resolve(null)));
  receiver = undefined;
};

beforeAll(async () => {
  receiver = await listen(0);
  port = (receiver.address() as AddressInfo).port;
  await close();
  const file = `${await mkdtemp(`${tmpdir()}/creel-journey-`)}/creel.toml`;
  const url = `http://127.0.0.1:${port}/hooks/receive`;
  await writeFile(
    file,
    `[forward]\nurl = "${url}?apiKey=not-a-real-key"\n[forward.audit]\nurl = "${url}"\nonly = ["gitlab"]\n`,
  );
  [creel, browser] = await Promise.all([startCreel({ args: ['--config', file] }), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
  await close();
});

test('a receiver that is away, and back', async () => {
  for (const result of ['succeeded', 'canceled', 'failed']) {
    const hook = azureBuild();
    await creel.hook('azure', { ...hook, resource: { ...hook.resource, result } });
  }
  const visited = await visit(browser, creel);
  const { page } = visited;
  await page.goto('/settings/forwarding');
  await page
    .getByText(/3 events behind: connection refused, since .*, (next try|trying)/)
    .waitFor();
  await page.getByText(`http://127.0.0.1:${port}/hooks/receive?apiKey=***`).waitFor();
  expect(await page.getByText('not-a-real-key').count()).toBe(0);
  await visited.shots('forwarding-away');
  expect(await visited.axe()).toEqual([]);

  receiver = await listen(port);
  const first = page.getByRole('region', { name: 'Receiver', exact: true });
  await first.getByText('Nothing waits; 1 event it did not take.').waitFor({ timeout: 90_000 });
  await first.getByText('It does not want it: answered 422').waitFor();
  await page.getByRole('region', { name: 'audit' }).getByText('gitlab').waitFor();
  await visited.shots('forwarding');
  expect(await visited.axe()).toEqual([]);
  expect(visited.trouble()).toEqual([]);
  await visited.close();
}, 120_000);
