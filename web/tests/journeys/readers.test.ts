/** What leads out of the pages: a badge, addresses for feed readers; and who changed what. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

let creel: Creel;
let browser: Browser;
beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

test('the Markdown of a badge leads to the image of this pipeline', async () => {
  await creel.hook('azure', azureBuild({ id: 4211, pipeline: 'team/shop (ci)' }));
  const { page, context, trouble, close } = await visit(browser, creel);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/builds');
  const link = page.locator('a[data-build]').first();
  await link.waitFor();
  await page.goto((await link.getAttribute('href')) ?? '');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('button', { name: 'Badge as Markdown' }).click();
  await page.getByText('Badge as Markdown copied').first().waitFor();
  const markdown = await page.evaluate(() => navigator.clipboard.readText());
  const [, image, builds] = /^\[!\[.*\]\((\S+)\)\]\((\S+)\)$/.exec(markdown) ?? [];
  const badge = await page.evaluate(async (address) => {
    const answer = await fetch(address);
    return { status: answer.status, text: await answer.text() };
  }, image ?? '');
  expect(badge.status).toBe(200);
  expect(badge.text).toContain('<title>team/shop (ci): passing on main</title>');
  await page.goto(builds ?? '');
  await page.locator('[data-build]').first().waitFor();
  expect(await page.locator('[data-build]').count()).toBe(1);
  expect(trouble()).toEqual([]);
  await close();
});

test('feeds have addresses to copy, and the audit trail tells who did what', async () => {
  const { page, axe, shots, trouble, close } = await visit(browser, creel);
  await page.goto('/settings/feeds');
  await page.getByText(`${new URL(page.url()).origin}/cctray.xml`).waitFor();
  expect(await axe()).toEqual([]);
  await shots('feeds');

  await page.goto('/settings/keys');
  await page.getByRole('button', { name: 'Make a key' }).first().click();
  await page.getByLabel('Name').fill('wall monitor');
  await page.getByRole('button', { name: 'Make key' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.goto('/settings/audit');
  await page.getByRole('row', { name: /made the key wall monitor/ }).waitFor();
  await page
    .getByRole('row', { name: /signed in/ })
    .first()
    .waitFor();
  expect(await axe()).toEqual([]);
  await shots('audit');
  await page.getByLabel('What', { exact: true }).selectOption('Key made');
  await page.getByRole('row', { name: /signed in/ }).waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /made the key wall monitor/ }).waitFor();
  await page.getByLabel('Who').fill('nobody of this name');
  await page.getByText('Nothing of the kind was done').waitFor();
  expect(await axe()).toEqual([]);
  expect(trouble()).toEqual([]);
  await close();
});
