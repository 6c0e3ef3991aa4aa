/** What security scanners found in a build, as clients of BuildButler send it. */
import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fitsEveryWindow, openBrowser, standsOutOrIsCut, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { ingest, ingestedBuild } from '../support/reports';

const BUILD = randomUUID();
const TRIVY = {
  ArtifactName: 'registry.example.com/shop:88',
  Results: [
    {
      Target: 'usr/lib/libz.so',
      Vulnerabilities: [
        { VulnerabilityID: 'CVE-2026-1001', PkgName: 'zlib', Severity: 'CRITICAL' },
        { VulnerabilityID: 'CVE-2026-1002', PkgName: 'zlib', Severity: 'LOW' },
        { VulnerabilityID: 'CVE-2026-1003', PkgName: 'expat', Severity: 'LOW' },
      ],
    },
  ],
};
/** More than is kept beside an entry. */
const LARGE = { tool: 'Grype', padding: 'x'.repeat(5 << 20) };

let creel: Creel;
let browser: Browser;
const listed = (count: number) =>
  vi.waitFor(
    async () => {
      const { items } = await creel.get<{ items: unknown[] }>(`/security-reports?build=${BUILD}`);
      if (items.length !== count) throw new Error(`${items.length} of ${count} reports are listed`);
    },
    { timeout: 20_000, interval: 100 },
  );

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  await ingest(creel, 'builds', ingestedBuild(BUILD, 88));
  await vi.waitFor(() => creel.get(`/builds/${BUILD}`), { timeout: 20_000, interval: 100 });
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

describe('the security reports of a build', () => {
  test('have no tab while there are none, and it comes with the first', async () => {
    const { page, axe, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${BUILD}`);
    const parts = page.getByRole('navigation', { name: 'Parts of the build' });
    await parts.getByRole('link', { name: 'Facts' }).waitFor();
    await page.getByRole('button', { name: /^Live:/ }).waitFor();
    expect(await parts.getByRole('link', { name: 'Security' }).count()).toBe(0);
    await ingest(creel, 'security-reports', { buildId: BUILD, name: 'images', report: TRIVY });
    await parts.getByRole('link', { name: 'Security 3', exact: true }).waitFor();
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('tell what was found by severity, and what was sent', async () => {
    await ingest(creel, 'security-reports', {
      buildId: BUILD,
      scan: ['of', 'a', 'shape', 'unknown'],
    });
    await ingest(creel, 'security-reports', { buildId: BUILD, ...LARGE });
    await listed(3);
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${BUILD}`);
    await page.getByRole('link', { name: 'Security 3', exact: true }).click();
    await page.waitForURL('**tab=security');
    const report = page.getByRole('region', { name: 'Trivy: images' });
    const findings = report.getByRole('list', { name: 'Findings of Trivy: images' });
    await expect
      .poll(() => findings.getByRole('listitem').allInnerTexts())
      .toEqual(['Critical\n1', 'Low\n2']);
    await report.getByText(/^The report as it was sent, \d+ B$/).click();
    await report.getByRole('searchbox').fill('expat');
    await report.getByText('1 of 1').waitFor();

    const nameless = page.getByRole('region', { name: 'A report that names no scanner' });
    await nameless.getByText(/^No finding could be counted/).waitFor();
    const large = page.getByRole('region', { name: 'Grype' });
    await large.getByText('With 5.2 MB it is too large to be shown here').waitFor();
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    expect(await axe()).toEqual([]);
    await shots('build-security');
    await fitsEveryWindow(page, 'the security reports', standsOutOrIsCut);
    await large.getByRole('link', { name: 'Its event' }).click();
    await page.waitForURL('**/events/*');
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('that are asked for by a link say so where there are none', async () => {
    const other = randomUUID();
    await ingest(creel, 'builds', ingestedBuild(other, 89));
    await vi.waitFor(() => creel.get(`/builds/${other}`), { timeout: 20_000, interval: 100 });
    const { page, axe, close } = await visit(browser, creel);
    await page.goto(`/builds/${other}?tab=security`);
    await page.getByText('No security reports').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });

  test('that cannot be read say why, and come when they are asked for again', async () => {
    const { page, close } = await visit(browser, creel);
    const json = { code: 'unavailable', title: 'Unavailable', status: 503, detail: 'is starting' };
    const contentType = 'application/problem+json';
    await page.route('**/security-reports?*', (route) =>
      route.fulfill({ status: 503, contentType, json }),
    );
    await page.goto(`/builds/${BUILD}?tab=security`);
    await page.getByText('The security reports could not be read').waitFor();
    await page.unroute('**/security-reports?*');
    await page.getByRole('button', { name: /again/i }).click();
    await page.getByRole('region', { name: 'Trivy: images' }).waitFor();
    await close();
  });
});
