/**
 * The pages for a binary that has none inside (built without `embed-ui`, as tests build it): dist,
 * as `npm run build` left it, under the policy that the server sends. A binary that has pages shows
 * its own, unless `CREEL_PAGES=dist` wants those of dist, to try pages without building the binary anew.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import type { Place } from './creel';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const KINDS: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

const isPage = (url: URL) =>
  !/^\/(api|webhooks|hooks|badges)\/|^\/(openapi|asyncapi)\.json$/.test(url.pathname);

export async function givePages(context: BrowserContext, creel: Place): Promise<void> {
  const own = await fetch(`${creel.url}/builds`, { headers: { accept: 'text/html' } });
  if (process.env.CREEL_PAGES !== 'dist' && (await own.text()).includes('id="app"')) return;
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
