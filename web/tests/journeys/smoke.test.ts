/** The shortest walk through the foundation: a build arrives, is seen without a reload, is opened. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

let creel: Creel;
let browser: Browser;

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  await creel.hook('azure', azureBuild({ id: 4211, result: 'failed' }));
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

const focused = (page: Page) =>
  page.evaluate(() =>
    (document.activeElement as HTMLElement | null)?.innerText.replace(/\s+/g, ' '),
  );

describe('builds', () => {
  test('a build that arrives waits in a pill, comes in by a click, and opens', async () => {
    const { page, trouble, axe, shots, close } = await visit(browser, creel);
    await page.goto('/builds');
    await page.getByRole('link', { name: /shop-ci #4211/ }).waitFor();
    await page.getByRole('button', { name: /^Live:/ }).waitFor();

    await creel.hook('azure', azureBuild({ id: 4212 }));
    await page.getByRole('button', { name: '1 new build' }).click();
    await expect.poll(() => focused(page)).toBe('shop-ci #4212');
    await shots('builds');
    expect(await axe()).toEqual([]);

    await page.getByRole('link', { name: /shop-ci #4212/ }).click();
    await page.getByRole('heading', { level: 1, name: 'shop-ci #4212' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.title()).toBe('shop-ci #4212 · Creel');
    expect(await axe()).toEqual([]);

    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Builds' }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('a filter that is typed is one step back', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    const search = page.getByRole('searchbox', { name: 'Search builds' });
    await search.pressSequentially('shop');
    await page.waitForURL('**/builds?q=shop');
    await page.goBack();
    await page.waitForURL('**/builds');
    await expect.poll(() => search.inputValue()).toBe('');

    // Typed anew, it is again one step.
    await search.pressSequentially('web');
    await page.waitForURL('**/builds?q=web');
    await page.goBack();
    await page.waitForURL('**/builds');
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('everywhere', () => {
  test('keys lead from page to page, to the palette and to the help', async () => {
    const { page, trouble, axe, shots, close } = await visit(browser, creel);
    await page.goto('/builds');
    await page.getByRole('link', { name: /shop-ci #4211/ }).waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();

    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog').getByRole('combobox');
    await palette.fill('server');
    await page
      .getByRole('dialog')
      .getByRole('option', { name: /^Sources/ })
      .waitFor();
    // Whose word that is, and ours.
    await page.getByText('server: Source.').waitFor();
    await shots('palette');
    expect(await axe()).toEqual([]);
    await palette.fill('settings people');
    await page.getByRole('dialog').getByRole('option', { name: 'People' }).waitFor();
    await palette.fill('server');
    await page
      .getByRole('dialog')
      .getByRole('option', { name: /^Sources/ })
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();

    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
    await shots('help');
    expect(await axe()).toEqual([]);
    await page.keyboard.press('Escape');

    await page.keyboard.press('d');
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('the help lists the keys of every page, and leaves the keyboard as it was', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    const { items } = await creel.get<{ items: { id: string }[] }>('/builds?limit=1');
    const addresses = [
      ...['/', '/builds', `/builds/${items[0]?.id}`, '/events', '/events/1', '/events?event=1'],
      ...['/subjects', '/sources', '/sources/new/azure', '/settings/keys', '/help/local'],
    ];
    for (const address of addresses) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('g');
      await page.keyboard.press(',');
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    }
    expect(trouble()).toEqual([]);
    await close();
  });

  test('while the server is away a page says so, and comes when it is back', async () => {
    const { page, context, close } = await visit(browser, creel);
    await page.goto('/sources');
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    const away = (route: { abort: () => Promise<void> }) => route.abort();
    await context.route('**', away);
    await page.getByRole('link', { name: 'Subjects' }).click();
    await page.getByText('The server does not answer').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The server does not answer yet').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/sources');

    await context.unroute('**', away);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Subjects' }).waitFor();

    // What only the pointer asked for in vain is asked for again.
    await context.route('**', away);
    await page.getByRole('link', { name: 'Builds', exact: true }).hover();
    await page.waitForEvent('pageerror');
    await context.unroute('**', away);
    await page.getByRole('link', { name: 'Builds', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Builds' }).waitFor();
    await page.getByRole('link', { name: /shop-ci #4211/ }).waitFor();
    await close();
  });

  test('what is chosen in the palette gives the focus back to where it was', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    const row = page.getByRole('link', { name: /shop-ci #4211/ });
    await row.focus();
    await page.keyboard.press('Control+Shift+k');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^Search pages/ }).fill('dark theme');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await expect.poll(() => focused(page)).toMatch(/^shop-ci #4211/);

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^Search pages/ }).fill('shop');
    await page.getByRole('group', { name: 'Pipelines' }).getByRole('option').click();
    await page.waitForURL(/pipeline=.*project=.*source=/);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('the content is skipped to, and up leads where the trail says', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/help/local');
    await page.getByRole('heading', { level: 1, name: 'Local development' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect(new URL(page.url()).hash).toBe('');

    // Held down, it leads up once.
    await page.keyboard.down('u');
    await page.keyboard.down('u');
    await page.keyboard.up('u');
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    await page.keyboard.press('u');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('paper is white and has no bar, whatever the theme', async () => {
    const { page, close } = await visit(browser, creel, { theme: 'dark' });
    await page.goto('/builds');
    await page.getByRole('link', { name: /shop-ci #4211/ }).waitFor();
    await page.keyboard.press('d');
    await page.keyboard.press('d');
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
    expect(await page.getByRole('banner').isVisible()).toBe(false);
    const ink = await page.evaluate(() => getComputedStyle(document.documentElement).color);
    expect(ink).toBe('rgb(24, 32, 38)');
    await close();
  });

  test('a text of strangers cannot turn the direction of what is read', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await creel.hook('azure', azureBuild({ id: 4301, pipeline: 'pay\u202elive\u202c' }));
    await page.goto('/builds?q=4301');
    await page.getByRole('link', { name: 'paylive #4301' }).waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/[\u202a-\u202e]/);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('an event shows its payload as a tree that can be searched', async () => {
    const { page, trouble, axe, shots, close } = await visit(browser, creel);
    await page.goto('/events/1');
    await page.getByRole('searchbox', { name: 'Search this payload' }).fill('definition.name');
    await page.getByText('1 of 1').waitFor();
    await page.getByText('"shop-ci"').waitFor();
    await shots('event');
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('an address that does not exist says so', async () => {
    const { page, axe, shots, close } = await visit(browser, creel);
    await page.goto('/settings/no-such-page');
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
    await shots('not-found');
    expect(await axe()).toEqual([]);
    await close();
  });
});

describe('at the door', () => {
  test('who is not signed in is asked to, and comes to where they wanted', async () => {
    const { page, axe, shots, close } = await visit(browser, creel, { stranger: true });
    await page.goto('/builds?q=shop');
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/builds?q=shop');
    await shots('signin');
    expect(await axe()).toEqual([]);

    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Password').fill('a wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password').fill(creel.admin?.password ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/builds?q=shop');
    await page.getByRole('link', { name: /shop-ci #4211/ }).waitFor();
    await close();
  });

  test('who signs out in one tab is signed out in the others, without touching them', async () => {
    const { page, context, close } = await visit(browser, creel, { stranger: true });
    await page.goto('/');
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill(creel.admin?.password ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await page.getByRole('button', { name: /^Live:/ }).waitFor();
    const other = await context.newPage();
    await other.goto('/builds');
    await other.getByRole('button', { name: /^Live:/ }).waitFor();

    // The first one leads: its stream is ended by the server, and it hears of it by that alone.
    await other.getByRole('button', { name: 'You and your settings' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await close();
  });

  test('the first start leads to making the first administrator', async () => {
    const fresh = await startCreel({ firstStart: true });
    const { page, axe, shots, trouble, close } = await visit(browser, fresh, { stranger: true });
    await page.goto('/');
    await page.waitForURL('**/setup');
    const link = fresh.link();
    if (link === undefined) throw new Error(`no link was printed: ${fresh.output()}`);
    // Cut on its way, it can be pasted whole.
    await page.goto(link.slice(0, -3));
    await page.getByText('This link was used already').waitFor();
    await shots('setup-cut');
    await page.getByLabel('Link or token').fill(link);
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('This link was used already').waitFor({ state: 'detached' });

    await page.goto(link);
    await page.getByRole('heading', { level: 1, name: 'Welcome' }).waitFor();
    // The token must not stay in the address, where a screen share would show it.
    await page.waitForURL((url) => url.hash === '');
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByText('12 characters or more, please').waitFor();
    await shots('setup');
    expect(await axe()).toEqual([]);
    await page.getByLabel('Password').fill('a few good words');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    // The link that was cut was refused.
    expect(trouble()).toEqual([expect.stringContaining('403')]);
    await close();
    await fresh.stop();
  });
});
