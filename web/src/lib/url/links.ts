/** Addresses of our pages, so that no page builds them by hand. */

const segments = (key: string) => key.split('/').map(encodeURIComponent).join('/');
const buildOf = (id: string) => `/builds/${encodeURIComponent(id)}`;

/** The pages below `/settings`. */
export type SettingsPage =
  | 'keys'
  | 'people'
  | 'storage'
  | 'sessions'
  | 'audit'
  | 'forwarding'
  | 'feeds'
  | 'appearance'
  | 'about';

export const links = {
  home: '/',
  builds: (query: Record<string, string> = {}) => withQuery('/builds', query),
  build: (id: string, tab?: string) => withQuery(buildOf(id), { tab }),
  /** The tests of a build with this one open; `q` where it has to be searched for by a word. */
  buildTest: (id: string, test: string, q = '') =>
    withQuery(buildOf(id), { tab: 'tests', q, test }),
  /** The build with this step beside. */
  step: (build: string, step: string) => withQuery(buildOf(build), { step }),
  /** By the id of the log, or of the step that wrote it. */
  log: (build: string, log: string) => `${buildOf(build)}/logs/${encodeURIComponent(log)}`,
  events: (query: Record<string, string> = {}) => withQuery('/events', query),
  event: (entryId: number | string) => `/events/${entryId}`,
  subjects: (query: Record<string, string> = {}) => withQuery('/subjects', query),
  /** Keys hold `/` and `:`; they stay readable in the address. */
  subject: (key: string) => `/subjects/${segments(key)}`,
  tests: (query: Record<string, string> = {}) => withQuery('/tests', query),
  test: (caseId: string, branch = '') =>
    withQuery(`/tests/${encodeURIComponent(caseId)}`, { branch }),
  /** From when on a test counts as flaky. */
  detection: '/tests/detection',
  compare: (base: string, head: string) => withQuery('/compare', { base, head }),
  agents: (query: Record<string, string> = {}) => withQuery('/agents', query),
  sources: '/sources',
  /** Where the token for a provider is set. */
  access: (provider: string) => withQuery('/sources', { access: provider }),
  connect: (what?: 'azure' | 'buildkite' | 'sample') =>
    what ? `/sources/new/${what}` : '/sources/new',
  settings: (page?: SettingsPage) => (page ? `/settings/${page}` : '/settings'),
  signIn: (next?: string) => withQuery('/signin', { next }),
  localHelp: '/help/local',
  reportsHelp: '/help/reports',
};

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1])),
  ).toString();
  return search ? `${path}?${search}` : path;
}

/** Where to go after signing in: only to a page of ours, whatever the address says. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return /^\/(signin|setup)\b/.test(next) ? '/' : next;
}
