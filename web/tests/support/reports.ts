/** Made-up test reports, sent as a job sends them. */
import type { Creel } from './creel';

export type Case = {
  name: string;
  class?: string;
  seconds?: number;
  /** What it said when it failed. */
  failed?: string;
  stack?: string;
  skipped?: boolean;
};

const escaped = (text: string) => text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);

function caseXml({ name, class: within, seconds = 0.2, failed, stack = '', skipped }: Case) {
  const inside = failed
    ? `<failure message="${escaped(failed)}">${escaped(stack)}</failure>`
    : skipped
      ? '<skipped/>'
      : '';
  const of = escaped(within ?? 'com.acme.shop.PayTest');
  return `<testcase classname="${of}" name="${escaped(name)}" time="${seconds}">${inside}</testcase>`;
}

export const junit = (cases: readonly Case[], suite = 'unit'): string =>
  `<testsuites><testsuite name="${escaped(suite)}">${cases.map(caseXml).join('\n')}</testsuite></testsuites>`;

/** As the last step of a job would; gives what the server answered. */
export async function report(
  creel: Creel,
  ci: Record<string, unknown>,
  files: Record<string, string>,
): Promise<{ build_id: string }> {
  const form = new FormData();
  form.append('ci', new Blob([JSON.stringify(ci)], { type: 'application/json' }));
  for (const [name, text] of Object.entries(files)) form.append('file', new Blob([text]), name);
  const response = await fetch(`${creel.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'x-api-key': creel.key },
    body: form,
  });
  if (!response.ok) throw new Error(`report: ${response.status} ${await response.text()}`);
  return response.json();
}

/** As a client of BuildButler sends it, below `/ingest/`. */
export async function ingest(
  creel: Creel,
  what: 'builds' | 'tests' | 'security-reports',
  body: Record<string, unknown>,
): Promise<void> {
  const response = await fetch(`${creel.url}/ingest/${what}`, {
    method: 'POST',
    headers: { 'x-api-key': creel.key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
}

/** A build of a client of BuildButler; it is known by the id that the client makes for it. */
export const ingestedBuild = (id: string, number: number): Record<string, unknown> => ({
  ...{ id, jobName: 'CI', buildNumber: number, status: 'SUCCESS', duration: 61_000 },
  ...{ jenkinsInstanceId: 'https://jenkins.example.com', source: 'jenkins', branch: 'main' },
});
