/** From the first start to the first build, and what others may do then. One server, one story. */
import { createHmac } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

const ADA = { name: 'ada', password: 'a few good words' };
const BOB = { name: 'bob', password: 'other good words' };
/** Nobody is signed in, as on a machine that was never here. */
const STRANGER = { stranger: true, width: 1440 };
const PHONE = { stranger: true, width: 390, height: 844 };
const FIRST_START = { firstStart: true, args: [] as string[] };
/** Two weeks of hooks are stored and read in that time, also on a slow machine. */
const SAMPLE_MAX_MS = 50_000;

let creel: Creel;
let browser: Browser;

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(FIRST_START), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor();

async function signIn(page: Page, { name, password }: typeof ADA) {
  await page.goto('/signin');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Home');
}

/** Marks this very document: a reload would lose the mark. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { sameDocument: true }));
const isMarked = (page: Page) => page.evaluate(() => 'sameDocument' in window);

/** The secret that is shown this once. */
async function shownSecret(page: Page, label: string): Promise<string> {
  return (await page.getByLabel(label, { exact: true }).textContent()) ?? '';
}

function ping(secret: string): { body: unknown; headers: Record<string, string> } {
  const body = {
    event: 'ping',
    service: { id: 's1', provider: 'webhook' },
    organization: { slug: 'northwind' },
  };
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', secret)
    .update(`${seconds}.${JSON.stringify(body)}`)
    .digest('hex');
  return {
    body,
    headers: {
      'x-api-key': '',
      'x-buildkite-event': 'ping',
      'x-buildkite-signature': `timestamp=${seconds},signature=${signature}`,
    },
  };
}

describe('a newcomer', () => {
  test('opens the link of the first start, and sees the first build without a reload', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel, STRANGER);
    const link = creel.link();
    if (link === undefined) throw new Error(`no link was printed: ${creel.output()}`);
    await page.goto(link);
    await heading(page, 'Welcome');
    await page.getByLabel('Name').fill(ADA.name);
    await page.getByLabel('Password').fill(ADA.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await heading(page, 'Home');

    await page.goto('/sources');
    await page.getByText('Nobody sends hooks yet').waitFor();
    await shots('sources-empty');
    expect(await axe()).toEqual([]);
    await page.locator('#main').getByRole('link', { name: 'Connect a source' }).click();
    await heading(page, 'Connect a source');
    expect(await axe()).toEqual([]);
    await page.getByRole('link', { name: 'Azure DevOps', exact: true }).click();
    await heading(page, 'Connect Azure DevOps');
    await mark(page);
    await page.getByText('This address is your own machine').waitFor();
    await page.getByText('Unproven until the first delivery.').waitFor();
    await page.getByText('No request has reached the address yet').waitFor();
    expect(await axe()).toEqual([]);

    await page.getByRole('button', { name: 'Make key' }).click();
    const secret = await shownSecret(page, 'The key azure');
    // The form that Azure DevOps shows, in its order, with what to put where.
    expect(await page.getByRole('term').allTextContents()).toEqual([
      'URL',
      'Accept untrusted SSL certificates',
      'HTTP headers',
      'Basic authentication username',
      'Basic authentication password',
      'Resource details to send',
      'Messages to send',
      'Detailed messages to send',
    ]);
    await page.getByText(`X-API-Key:${secret}`, { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Send a test from here' }).click();
    await page.getByText('server and key work').waitFor();
    await page.getByText('sent by this page').waitFor();
    // That proves nothing of the way: it goes on waiting.
    await page.getByText('Waiting for the first event').waitFor();

    const build = azureBuild({ id: 88, pipeline: 'web' });
    const refused = await creel.hook('azure', build, { 'x-api-key': secret.slice(0, -1) });
    expect(refused.status).toBe(401);
    const feed = page.getByRole('region', { name: 'Since this page was opened' });
    await feed.getByText('Refused: The key is none of this server').waitFor();
    await feed.getByText('127.0.0.1').waitFor();
    // The address has a letter too few: nobody can tell whose form it stands in.
    const astray = await fetch(`${creel.url}/webhooks/azur`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': secret },
      body: JSON.stringify(build),
    });
    expect(astray.status).toBe(404);
    await feed.getByText('Refused: No such address').waitFor();
    await feed.getByText(`${creel.url}/webhooks/azure`).waitFor();
    await shots('connect-refused');
    expect(await axe()).toEqual([]);

    const accepted = await creel.hook('azure', build, { 'x-api-key': secret });
    expect(accepted.status).toBe(200);
    await page
      .locator('#main')
      .getByText(/^Build #88 of web arrived .+ after it happened\.$/)
      .waitFor();
    await shots('connect-arrived');
    expect(await axe()).toEqual([]);
    expect(await isMarked(page)).toBe(true);
    await page.getByRole('link', { name: 'Open it' }).click();
    await heading(page, /#88/);
    expect(await isMarked(page)).toBe(true);

    await page.goto('/sources?refused=azure_devops');
    await page.getByRole('heading', { level: 2, name: 'contoso' }).waitFor();
    await page.getByRole('rowheader', { name: /^The key is none of this server/ }).waitFor();
    await shots('sources');
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('who connects Buildkite sees its ping, signed, and then knows that the way is there', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel, STRANGER);
    await signIn(page, ADA);
    await page.goto('/sources/new/buildkite');
    await page.getByRole('button', { name: 'Make key' }).click();
    const secret = await shownSecret(page, 'The key buildkite');
    await page.getByText('No request has reached the address yet').waitFor();
    const { body, headers } = ping(secret);
    expect((await creel.hook('buildkite', body, headers)).status).toBe(200);
    await page.getByText('The ping of Buildkite arrived.').first().waitFor();
    await page.getByText('The key is right. Now the first real event.').waitFor();
    await shots('connect-buildkite');
    expect(await axe()).toEqual([]);

    // A reload forgets the secret, not which key it was.
    await page.reload();
    await page.getByText('the secret of the key buildkite, which only you have').waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('after a minute without anything is told what most often stands in the way', async () => {
    const { page, axe, close } = await visit(browser, creel, STRANGER);
    await page.clock.install();
    await signIn(page, ADA);
    await page.goto('/sources/new/azure');
    await page.getByText('No request has reached the address yet').waitFor();
    expect(await page.getByText('commonest causes').count()).toBe(0);
    await page.clock.fastForward('01:01');
    await page.getByRole('heading', { name: 'Nothing yet? The 3 commonest causes' }).waitFor();
    expect(await axe()).toEqual([]);
    await page
      .getByRole('region', { name: /Nothing yet/ })
      .getByRole('link')
      .click();
    await heading(page, 'Local development');
    await page.getByRole('link', { name: 'ssh -R' }).click();
    await page.getByText('caddy reverse-proxy').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });
});

describe('what was refused', () => {
  test('is the first thing that Home of a server without a source shows, and the ways in with it', async () => {
    const fresh = await startCreel();
    const { page, axe, trouble, close } = await visit(browser, fresh);
    await page.goto('/');
    await page.getByText('No source yet').waitFor();
    const refused = await fresh.hook('azure', azureBuild(), { 'x-api-key': 'creel_wrong' });
    expect(refused.status).toBe(401);
    await page.getByRole('listitem').filter({ hasText: 'refused' }).waitFor();
    await page.locator('#main').getByRole('link', { name: 'Connect a source' }).waitFor();
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
    await fresh.stop();
  });
});

describe('keys', () => {
  test('a question that is closed while it works tells what went wrong, and not the next one', async () => {
    const { page, close } = await visit(browser, creel, STRANGER);
    await signIn(page, ADA);
    await page.goto('/settings/keys');
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/v1/keys/*', async (route) => {
      await held;
      await route.fulfill({ status: 503, body: 'a proxy is in the way' });
    });
    const revoke = page.getByRole('button', { name: 'Revoke journeys' });
    const dialog = page.getByRole('dialog');
    await revoke.click();
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await revoke.click();
    answer();
    await page.getByRole('region', { name: 'Messages' }).getByText('That did not work').waitFor();
    expect(await dialog.getByRole('alert').count()).toBe(0);
    expect(await dialog.getByRole('button', { name: 'Revoke', exact: true }).isEnabled()).toBe(
      true,
    );
    await close();
  });

  test('a secret is shown once, and a revoked key is refused from the next request on', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel, STRANGER);
    await signIn(page, ADA);
    await page.goto('/settings/keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('old sender');
    await dialog.getByRole('button', { name: 'Make key' }).click();
    const secret = await shownSecret(page, 'Its secret');
    await shots('key-made');
    expect(await axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('rowheader', { name: /^old sender/ }).waitFor();
    expect(await page.getByText(secret).count()).toBe(0);

    await page.getByRole('button', { name: 'Revoke old sender' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('rowheader', { name: /^old sender/ }).waitFor({ state: 'detached' });
    await page.getByLabel(/^Show revoked/).check();
    await page.getByRole('rowheader', { name: /^old sender/ }).waitFor();
    await shots('keys');
    expect(await axe()).toEqual([]);

    expect((await creel.hook('azure', azureBuild(), { 'x-api-key': secret })).status).toBe(401);
    await page.goto('/sources');
    await page.getByRole('rowheader', { name: /^The key old sender was revoked/ }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('people', () => {
  test('a viewer who was invited signs in, looks, and cannot change anything', async () => {
    const admin = await visit(browser, creel, STRANGER);
    await signIn(admin.page, ADA);
    await admin.page.goto('/settings/people');
    await admin.page.getByRole('button', { name: 'Invite somebody' }).click();
    const invitation = admin.page.getByRole('dialog');
    await invitation.getByLabel('Name').fill(BOB.name);
    await invitation.getByRole('radio', { name: 'Viewer' }).check();
    await admin.shots('invite');
    expect(await admin.axe()).toEqual([]);
    await invitation.getByRole('button', { name: 'Invite' }).click();
    const link = await shownSecret(admin.page, 'One-time link');
    await admin.page.getByRole('button', { name: 'Done' }).click();
    await admin.page.getByRole('row', { name: /bob.*Invited/ }).waitFor();

    const viewer = await visit(browser, creel, PHONE);
    const { page } = viewer;
    await page.goto(link);
    await heading(page, 'Choose a password');
    expect(await page.getByLabel('Name').inputValue()).toBe(BOB.name);
    await page.getByLabel('Password').fill(BOB.password);
    await page.getByRole('button', { name: 'Set password' }).click();
    await heading(page, 'Home');
    for (const place of ['keys', 'people', 'audit']) {
      await page.goto(`/settings/${place}`);
      await page.getByText('are for administrators').waitFor();
      await page.getByText('You are signed in as bob, a viewer').waitFor();
      expect(await page.locator('#main').getByRole('button').count()).toBe(0);
      expect(await viewer.axe()).toEqual([]);
    }
    await page.goto('/sources/new/azure');
    await page.getByText('Making a key takes an administrator').waitFor();
    expect(await viewer.axe()).toEqual([]);
    // Nor by going round the pages.
    const statuses = await page.evaluate(() =>
      Promise.all(
        [
          ['POST', '/api/v1/keys'],
          ['GET', '/api/v1/users'],
          ['POST', '/api/v1/sample'],
          ['POST', '/api/v1/events/1/replay'],
        ].map(([method, address]) =>
          fetch(address as string, { method: method as string }).then(({ status }) => status),
        ),
      ),
    );
    expect(statuses).toEqual([403, 403, 403, 403]);

    // Used once, the link counts no more.
    const again = await visit(browser, creel, STRANGER);
    await again.page.goto(link);
    await again.page.getByText('This link was used already, has expired').waitFor();
    expect(await again.page.getByLabel('Password').count()).toBe(0);
    expect(await again.axe()).toEqual([]);
    await again.page.getByRole('link', { name: 'Sign in' }).click();
    await heading(again.page, 'Sign in');

    await admin.page.reload();
    await admin.page.getByRole('row', { name: /bob.*Active/ }).waitFor();
    await admin.shots('people');
    expect(await admin.axe()).toEqual([]);
    // Somebody must be able to let others in.
    await admin.page.getByRole('button', { name: 'Change ada' }).click();
    await admin.page.getByText('You are the last active administrator.').waitFor();
    expect(await admin.page.getByRole('button', { name: 'Remove' }).count()).toBe(0);
    expect(admin.trouble()).toEqual([]);
    await Promise.all([admin.close(), viewer.close(), again.close()]);
  });

  test('a session that is ended elsewhere asks to sign in again', async () => {
    const viewer = await visit(browser, creel, PHONE);
    await signIn(viewer.page, BOB);
    await viewer.page.goto('/settings/sessions');
    await viewer.page.getByText('this one').waitFor();
    await viewer.shots('sessions');
    expect(await viewer.axe()).toEqual([]);

    const admin = await visit(browser, creel, STRANGER);
    await signIn(admin.page, ADA);
    await admin.page.goto('/settings/people');
    await admin.page.getByRole('button', { name: 'Change bob' }).click();
    await admin.page.getByRole('button', { name: 'Disable' }).click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await admin.page.getByRole('row', { name: /bob.*Disabled/ }).waitFor();

    // Nobody touches the page: it hears that its stream has ended.
    await heading(viewer.page, 'Sign in');
    expect(new URL(viewer.page.url()).searchParams.get('next')).toBe('/settings/sessions');
    await Promise.all([viewer.close(), admin.close()]);
  });
});

describe('looks', () => {
  test('theme and times are chosen and kept', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel, STRANGER);
    await signIn(page, ADA);
    await page.goto('/settings/appearance');
    await page.getByRole('radio', { name: 'Dark' }).check();
    await page.getByRole('radio', { name: 'UTC' }).check();
    await page.reload();
    await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(await axe()).toEqual([]);
    for (const name of ['Settings', 'Audit', 'Feeds', 'About']) {
      await page.goto(name === 'Settings' ? '/settings' : `/settings/${name.toLowerCase()}`);
      await heading(page, name);
      expect(await axe()).toEqual([]);
      await shots(name.toLowerCase());
    }
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('sample data', () => {
  test(
    'comes by a button and goes by one, and leaves what is real',
    async () => {
      const { page, axe, shots, trouble, close } = await visit(browser, creel, STRANGER);
      await signIn(page, ADA);
      await page.goto('/sources/new/sample');
      await page.getByRole('button', { name: 'Load sample data' }).click();
      const remove = page.getByRole('button', { name: 'Remove sample data' });
      await remove.waitFor({ timeout: SAMPLE_MAX_MS });
      await shots('sample');
      expect(await axe()).toEqual([]);
      await remove.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page
        .getByRole('button', { name: 'Load sample data' })
        .waitFor({ timeout: SAMPLE_MAX_MS });
      const builds = await creel.get<{ items: { number: number }[] }>('/builds?limit=500');
      expect(builds.items.map(({ number }) => number)).toContain(88);
      expect(trouble()).toEqual([]);
      await close();
    },
    2 * SAMPLE_MAX_MS + 20_000,
  );
});
