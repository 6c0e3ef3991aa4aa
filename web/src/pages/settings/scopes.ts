/** What keys and roles allow, in words. Pure. */
import type { Key, Role, Scope } from '$lib/api/types';
import { plural } from '$lib/format/format';

export const SCOPES: readonly { scope: Scope; label: string; hint: string }[] = [
  {
    scope: 'ingest',
    label: 'Send hooks',
    hint: 'ingest: for Azure DevOps, Buildkite and the like.',
  },
  { scope: 'read', label: 'Read', hint: 'read: everything but keys and people, by the API.' },
  {
    scope: 'admin',
    label: 'Administer',
    hint: 'admin: keys, people, replay. For programs that you trust as yourself.',
  },
];

export const ROLES: readonly { value: Role; label: string; hint: string }[] = [
  { value: 'viewer', label: 'Viewer', hint: 'Looks at everything but keys and people.' },
  { value: 'editor', label: 'Editor', hint: 'Also has events read again.' },
  { value: 'admin', label: 'Administrator', hint: 'Also changes keys, people and sample data.' },
];

export const roleLabel = (role: Role): string =>
  ROLES.find(({ value }) => value === role)?.label ?? role;

/** What a key is limited to, one phrase each; none when it is not. */
export function limitsOf({ limits }: Pick<Key, 'limits'>): string[] {
  const said: string[] = [];
  if (limits.networks?.length) said.push(`from ${limits.networks.join(', ')}`);
  if (limits.projects?.length) said.push(`projects ${limits.projects.join(', ')}`);
  if (limits.publishers?.length) said.push(`publishers ${limits.publishers.join(', ')}`);
  if (limits.per_minute) said.push(`${plural(limits.per_minute, 'request')} a minute`);
  return said;
}

/** `a, b ,` as a list. */
export const listed = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** `Firefox on Linux`, from what a browser calls itself; `null` when it says nothing that helps. */
export function browserName(agent: string | null): string | null {
  if (!agent) return null;
  const browser = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['HeadlessChrome/', 'Chrome'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
    ['curl/', 'curl'],
  ].find(([mark]) => agent.includes(mark as string))?.[1];
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS X', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark]) => agent.includes(mark as string))?.[1];
  if (!browser) return agent.length > 60 ? `${agent.slice(0, 60)}…` : agent;
  return system ? `${browser} on ${system}` : browser;
}
