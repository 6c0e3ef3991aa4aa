/** Whole walks, from the door to what one came for. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { startCreel, startDemo } from '../support/creel';
import { azureBuild } from '../support/hooks';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor();

/** Nobody presses it more often on one page. */
const TABS_MAX = 60;

/** What has the focus, as a screen reader would call it. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    if (!element || element === document.body) return '';
    const labels = (element as HTMLInputElement).labels;
    const name = element.getAttribute('aria-label') ?? labels?.[0]?.innerText ?? element.innerText;
    return name.trim().replaceAll(/\s+/g, ' ');
  });

/** Presses Tab until what has the focus is called that; it must be seen to have it. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let count = 0; count < TABS_MAX; count += 1) {
    const here = await focused(page);
    if (name.test(here)) {
      const outline = await page.evaluate(() => {
        const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement as Element);
        return outlineStyle !== 'none' || boxShadow !== 'none';
      });
      expect(outline, `the focus on ${here} is seen`).toBe(true);
      return;
    }
    passed.push(here);
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by Tab to ${name}; passed ${passed.join(' | ')}`);
}

async function press(page: Page, name: RegExp, key = 'Enter'): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press(key);
}

describe('by keyboard alone', () => {
  test('a newcomer comes from the link to the first build, its facts, its event, and a replay', async () => {
    const creel = await startCreel({ firstStart: true });
    const { page, trouble, close } = await visit(browser, creel, { stranger: true });
    const began = performance.now();
    const link = creel.link();
    if (link === undefined) throw new Error(`no link was printed: ${creel.output()}`);
    await page.goto(link);
    await heading(page, 'Welcome');
    await expect.poll(() => focused(page)).toBe('Name');
    await page.keyboard.type('ada');
    await tabTo(page, /^Password$/);
    await page.keyboard.type('a few good words');
    await page.keyboard.press('Enter');
    await heading(page, 'Home');

    await press(page, /^Connect a source$/);
    await heading(page, 'Connect a source');
    await press(page, /^Azure DevOps$/);
    await heading(page, 'Connect Azure DevOps');
    await page.getByText('No request has reached the address yet').waitFor();
    await press(page, /^Make key$/);
    const secret = await page.getByLabel('The key azure', { exact: true }).textContent();
    // What is next has the focus: to copy it.
    await expect.poll(() => focused(page)).toBe('Copy');

    const build = azureBuild({ id: 88, pipeline: 'web', result: 'failed' });
    expect((await creel.hook('azure', build, { 'x-api-key': 'creel_wrong' })).status).toBe(401);
    await page.getByText('Refused: The key is none of this server').first().waitFor();
    expect((await creel.hook('azure', build, { 'x-api-key': secret ?? '' })).status).toBe(200);
    await page
      .locator('#main')
      .getByText(/^Build #88 of web arrived/)
      .waitFor();
    await press(page, /^Open it$/);
    await heading(page, /^web #88/);

    await press(page, /^Facts/);
    await page.waitForURL('**tab=facts');
    await page.getByText('failure').first().waitFor();
    await press(page, /^Events/);
    await page.waitForURL('**tab=events');
    await press(page, /^Build finished$/);
    await page.waitForURL('**/events/*');
    await heading(page, /^Build finished/);
    await page.keyboard.press('r');
    await page.getByText('Read again: done').first().waitFor();
    console.log(`the newcomer's walk: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    expect(trouble()).toEqual([]);
    await close();
    await creel.stop();
  });
});

describe('from the demo', () => {
  test('a broken branch on Home leads to its failure, its facts, its event, and a replay', async () => {
    const started = performance.now();
    const demo = await startDemo();
    const ready = performance.now() - started;
    const { page, axe, shots, trouble, close } = await visit(browser, demo);
    const began = performance.now();
    await page.goto('/');
    const broken = page.getByRole('listitem').filter({ hasText: /broken/ });
    await broken.first().waitFor();
    await page.getByRole('button', { name: /^Live:/ }).waitFor();
    await shots('demo-home');
    expect(await axe()).toEqual([]);
    await broken
      .first()
      .getByRole('link', { name: /^#\d+$/ })
      .first()
      .click();
    // Until the provider has been asked, what hooks told stands in its place.
    const failed = page.getByRole('region', { name: /^(Why it|What) failed$/ });
    await failed.first().waitFor();
    await shots('demo-build');
    expect(await axe()).toEqual([]);

    const parts = page.getByRole('navigation', { name: 'Parts of the build' });
    await parts.getByRole('link', { name: 'Facts', exact: true }).click();
    await page.waitForURL('**tab=facts');
    await parts.getByRole('link', { name: 'Events' }).click();
    await page.waitForURL('**tab=events');
    await page.locator('#main a[href^="/events/"]').first().click();
    await page.waitForURL('**/events/*');
    await page.getByRole('button', { name: 'Reprocess' }).click();
    await page.getByText('Read again: done').first().waitFor();
    await shots('demo-event');
    const walked = performance.now() - began;
    console.log(
      `the demo was ready in ${(ready / 1_000).toFixed(1)} s; the walk: ${(walked / 1_000).toFixed(1)} s`,
    );
    expect(trouble()).toEqual([]);
    await close();
    await demo.stop();
  });
});

describe('an address of before', () => {
  test('leads to the build that it turned out to be', async () => {
    const creel = await startCreel();
    const pipeline = 'https://api.buildkite.com/v2/organizations/acme/pipelines/shop';
    const [id, url] = ['0195a7c0-1111-7000-8000-000000000043', `${pipeline}/builds/43`];
    const tell = (event: string, pipeline: object, build: object) =>
      creel.hook('buildkite', { event, pipeline, build });
    const builds = async () => (await creel.get<{ items: { id: string }[] }>('/builds')).items;

    // Known by its address, and by its id, and then by both.
    await tell('build.running', { slug: 'shop' }, { url, number: 43, state: 'running' });
    await expect.poll(async () => (await builds()).length).toBe(1);
    const [before] = await builds();
    await tell('build.scheduled', { url: pipeline }, { id, state: 'scheduled' });
    await expect.poll(async () => (await builds()).length).toBe(2);
    await tell('build.finished', { slug: 'shop' }, { id, url, number: 43, state: 'failed' });
    await expect.poll(async () => (await builds()).length).toBe(1);
    const [now] = await builds();

    const { page, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${before?.id}?tab=facts`);
    await page.waitForURL(`**/builds/${now?.id}?tab=facts`);
    await heading(page, 'shop #43');
    // There it is the same page as any: its parts can be turned to.
    const parts = page.getByRole('navigation', { name: 'Parts of the build' });
    for (const part of ['Events', 'Timeline']) {
      await parts.getByRole('link', { name: part }).click();
      await parts.locator('[aria-current]').filter({ hasText: part }).waitFor();
    }
    expect(trouble()).toEqual([]);
    await close();
    await creel.stop();
  });
});
