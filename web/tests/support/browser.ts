/** Chromium on the pages, with an eye on everything that must not happen. */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Place } from './creel';
import { givePages } from './pages';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const SHOTS = fileURLToPath(new URL('../journeys/shots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page that is not there by then has failed; the machine may be busy meanwhile. */
const WAIT_MAX_MS = 10_000;

/** Of pictures. */
export const WIDTHS = [1440, 1024, 390] as const;
/** Of walks: on each side of where columns come and go, down to the narrowest phone. */
const WINDOWS = [1440, 1280, 1024, 820, 768, 700, 640, 390, 320] as const;
export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export type Visit = {
  page: Page;
  context: BrowserContext;
  /** Violations of the policy, errors of the console, requests to others: all should stay empty. */
  trouble: () => string[];
  /** What axe finds wrong with the page as it is now, in both themes. */
  axe: () => Promise<string[]>;
  /** Pictures of the page as it is now, at every width in both themes. */
  shots: (name: string) => Promise<void>;
  close: () => Promise<void>;
};

/** A browser window of its own, signed in as the administrator unless `stranger`. */
export async function visit(
  browser: Browser,
  creel: Place,
  options: {
    width?: number;
    height?: number;
    theme?: Theme;
    stranger?: boolean;
    /** Whether the browser runs scripts. */
    scripts?: boolean;
    /** Points of a picture for each pixel of the page. */
    scale?: number;
  } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: creel.url,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    deviceScaleFactor: options.scale ?? 1,
    javaScriptEnabled: options.scripts ?? true,
    colorScheme: options.theme ?? 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  await givePages(context, creel);
  if (creel.admin && !options.stranger)
    await context.addCookies([{ ...creel.admin.cookie, url: creel.url }]);
  const found: string[] = [];
  await context.exposeBinding('creelSawViolation', (_source, text: string) => {
    found.push(`policy: ${text}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell = (window as unknown as { creelSawViolation: (text: string) => void })
        .creelSawViolation;
      tell(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MAX_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => found.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== creel.url)
      found.push(`third party: ${url.href}`);
  });

  return {
    page,
    context,
    trouble: () => [...found],
    async axe() {
      await page.evaluate(AXE);
      const wrong: string[] = [];
      for (const theme of THEMES) {
        // What fades to another colour is not half way when it is looked at.
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        wrong.push(...(await violations(page)).map((text) => `${theme}: ${text}`));
      }
      await page.emulateMedia({
        colorScheme: options.theme ?? 'light',
        reducedMotion: 'no-preference',
      });
      return wrong;
    },
    async shots(name) {
      await mkdir(SHOTS, { recursive: true });
      const before = page.viewportSize();
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme });
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          await page.screenshot({
            path: `${SHOTS}${name}-${theme}-${width}.png`,
            animations: 'disabled',
          });
        }
      }
      if (before) await page.setViewportSize(before);
      await page.emulateMedia({ colorScheme: options.theme ?? 'light' });
    },
    close: () => context.close(),
  };
}

/** The page as it is now must fit windows of every width. */
export async function fitsEveryWindow(
  page: Page,
  /** Says which page it was. */
  what: string,
  /** What there must be none of at any width. */
  wrong: (page: Page) => Promise<string[]> = standsOut,
): Promise<void> {
  for (const width of WINDOWS) {
    await page.setViewportSize({ width, height: 900 });
    // Columns follow the window a moment later.
    await expect.poll(() => wrong(page), { message: `${what} at ${width}` }).toEqual([]);
  }
}

/** What stands out of the window, if the page is wider than it. */
const standsOut = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const all = [...document.querySelectorAll<HTMLElement>('#main *')];
    const out = all.filter((one) => one.getBoundingClientRect().right > clientWidth);
    return out.slice(0, 8).map((one) => `${one.tagName} ${one.className}`);
  });

/** The same, tables of which a part is seen only by scrolling sideways, and columns too narrow for their name. */
export const standsOutOrIsCut = async (page: Page): Promise<string[]> => [
  ...(await standsOut(page)),
  ...(await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('#main thead th:not(:has(.hidden))')]
      .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth)
      .map((one) => `${one.innerText}: ${one.scrollWidth} px wide in ${one.clientWidth}`),
  )),
  ...(await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('#main [role=region]:has(> table)')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((one) => `${one.ariaLabel}: ${one.scrollWidth} px wide in ${one.clientWidth}`),
  )),
];

const violations = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    );
  });
