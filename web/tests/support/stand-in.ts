/**
 * Stands in for what a binary without pages or people does not answer: serves dist under the policy
 * and answers what is missing of the API. It looks first, and does nothing for a binary that has both; delete
 * this file and its one call in browser.ts when every binary does.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import type { Session } from '../../src/lib/api/types';
import type { Creel } from './creel';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

export const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const KINDS: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

const SESSION: Session = {
  user: { id: 1, name: 'ada', role: 'admin' },
  via: 'session',
  may: ['read', 'edit', 'admin'],
  setup_needed: false,
  public_url: null,
  version: '0.1.0',
};

export async function standIn(context: BrowserContext, creel: Creel): Promise<void> {
  const session = await fetch(`${creel.url}/api/v1/session`);
  if (session.status !== 200) {
    await context.setExtraHTTPHeaders({ authorization: `Bearer ${creel.key}` });
    await context.route('**/api/v1/session', (route) => route.fulfill({ json: SESSION }));
  }
  const missing = {
    pipelines: { items: [], next_cursor: null },
    sample: { state: 'absent', builds: 0, events: 0 },
  };
  for (const [name, json] of Object.entries(missing)) {
    const known = await fetch(`${creel.url}/api/v1/${name}`, {
      headers: { authorization: `Bearer ${creel.key}` },
    });
    if (known.status === 404)
      await context.route(`**/api/v1/${name}?*`, (route) => route.fulfill({ json }));
  }
  const page = await fetch(`${creel.url}/builds`, { headers: { accept: 'text/html' } });
  if (!(await page.text()).includes('id="app"')) {
    const isPage = (url: URL) =>
      !/^\/(api|webhooks|hooks)\/|^\/(openapi|asyncapi)\.json$/.test(url.pathname);
    await context.route(isPage, async (route) => {
      const { pathname } = new URL(route.request().url());
      const name = pathname.startsWith('/assets/') ? pathname.slice(1) : 'index.html';
      const kind = KINDS[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      await route.fulfill({
        body: await readFile(DIST + name),
        headers: { 'content-type': kind, 'content-security-policy': POLICY },
      });
    });
  }
}
