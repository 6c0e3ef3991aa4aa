/** The filter of the builds: picked, or typed as `result:failure branch:main words`. Pure. */
import { timeOf } from '$lib/list/times';
import { maybe, oneOf, type Param, text } from '$lib/url/params';

export const STATES = ['queued', 'running', 'waiting', 'finished'] as const;
export const RESULTS = ['success', 'failure', 'unstable', 'aborted', 'skipped', 'unknown'] as const;
export const PROVIDERS = [
  'azure_devops',
  'buildkite',
  'github',
  'gitlab',
  'jenkins',
  'teamcity',
  'circleci',
  'reporter',
  'other',
] as const;
export const GROUPS = ['none', 'pipeline', 'commit'] as const;

/** Words that people use for what the API calls otherwise. */
const ALSO: Record<string, string> = {
  passed: 'success',
  green: 'success',
  succeeded: 'success',
  failed: 'failure',
  red: 'failure',
  broken: 'failure',
  canceled: 'aborted',
  cancelled: 'aborted',
  blocked: 'waiting',
  azure: 'azure_devops',
};

function oneWord<W extends string>(known: readonly W[], word: string): W | undefined {
  const lower = word.toLowerCase();
  return known.find((one) => one === lower || one === ALSO[lower]);
}

/**
 * One of some words, or one that people use for it. Another one is asked for as well: the server then
 * says which there are, while a filter that is silently dropped would show everything as if it were what
 * was asked for.
 */
const word = <const W extends string>(words: readonly W[]): Param<W | ''> => ({
  read: (value) => oneWord(words, value ?? '') ?? ((value ?? '') as W | ''),
  write: (value) => (value === '' ? null : value),
});

export const filterParams = {
  q: text(),
  state: word(STATES),
  result: word(RESULTS),
  branch: text(),
  pipeline: text(),
  project: text(),
  source: text(),
  provider: word(PROVIDERS),
  since: text(),
  until: text(),
  /** A shorter name of `since`. */
  t: text(),
  /** The branches that pipelines are judged by, whatever their names. */
  on: maybe(['default']),
};
export const viewParams = { group: oneOf(GROUPS, 'none') };

export type Filter = {
  q: string;
  state: '' | (typeof STATES)[number];
  result: '' | (typeof RESULTS)[number];
  branch: string;
  pipeline: string;
  project: string;
  source: string;
  provider: '' | (typeof PROVIDERS)[number];
  since: string;
  until: string;
  on: '' | 'default';
};

export const NO_FILTER: Filter = {
  q: '',
  state: '',
  result: '',
  branch: '',
  pipeline: '',
  project: '',
  source: '',
  provider: '',
  since: '',
  until: '',
  on: '',
};

/** What `name:value` means; `null`: nothing that is known. */
function part(name: string, value: string): Partial<Filter> | null {
  switch (name) {
    case 'result': {
      const result = oneWord(RESULTS, value);
      return result ? { result } : null;
    }
    case 'state': {
      const state = oneWord(STATES, value);
      return state ? { state } : null;
    }
    case 'is': {
      if (value.toLowerCase() === 'default') return { on: 'default' };
      return part('state', value) ?? part('result', value);
    }
    case 'provider': {
      const provider = oneWord(PROVIDERS, value);
      return provider ? { provider } : null;
    }
    case 't':
      return { since: value };
    case 'branch':
    case 'pipeline':
    case 'project':
    case 'source':
    case 'since':
    case 'until':
      return { [name]: value };
    default:
      return null;
  }
}

/** What is typed, as parts of the filter; what is no `name:value` is searched for. */
export function parse(typed: string): Partial<Filter> & { q: string } {
  let found: Partial<Filter> = {};
  const rest: string[] = [];
  for (const [whole, name, quoted, bare] of typed.matchAll(/(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gi)) {
    const value = quoted ?? bare ?? '';
    const known = name && value ? part(name.toLowerCase(), value) : null;
    if (known) found = { ...found, ...known };
    else rest.push(whole);
  }
  return { ...found, q: rest.join(' ') };
}

/** What is searched for though it looks like a part of the filter: nothing is known by that name or value. */
export const strangers = (q: string): string[] =>
  [...q.matchAll(/(?:^|\s)(([a-z]+):(?!\/\/)(\S+))/gi)].flatMap(([, whole, name, value]) =>
    whole && name && value && !part(name.toLowerCase(), value) ? [whole] : [],
  );

/** What the address asks for once more, of which only the first counts. */
export const repeated = (search: string): [keyof Filter, string][] => {
  const asked = new URLSearchParams(search);
  return (Object.keys(NO_FILTER) as (keyof Filter)[]).flatMap((name) =>
    asked
      .getAll(name)
      .slice(1)
      .map((value): [keyof Filter, string] => [name, value]),
  );
};

export type Tab = 'all' | 'failed' | 'running' | 'default';

/** What each quick tab asks for; the rest of the filter stays. */
export const TABS: readonly {
  key: Tab;
  label: string;
  patch: Pick<Filter, 'state' | 'result' | 'on'>;
}[] = [
  { key: 'all', label: 'All', patch: { state: '', result: '', on: '' } },
  { key: 'failed', label: 'Failed', patch: { state: '', result: 'failure', on: '' } },
  { key: 'running', label: 'Running', patch: { state: 'running', result: '', on: '' } },
  { key: 'default', label: 'Default branches', patch: { state: '', result: '', on: 'default' } },
];

/** The tab that the filter is; none when it was made finer than any. */
export const tabOf = (filter: Filter): Tab | '' =>
  TABS.find(
    ({ patch }) =>
      patch.state === filter.state && patch.result === filter.result && patch.on === filter.on,
  )?.key ?? '';

/** The filter as the API takes it. What is said in hours and days is counted from `now`. */
export function queryOf(filter: Filter, now: number) {
  const { on: _on, ...rest } = filter;
  return { ...rest, since: timeOf(filter.since, now), until: timeOf(filter.until, now) };
}

/** Each part that narrows, in the order of the chips. */
export const partsOf = (filter: Filter): [keyof Filter, string][] =>
  (Object.keys(NO_FILTER) as (keyof Filter)[]).flatMap((name) =>
    filter[name] === '' ? [] : [[name, filter[name]] as [keyof Filter, string]],
  );
