import { describe, expect, test } from 'vitest';
import type { Build, List, Pipeline } from '$lib/api/types';
import { buildOf } from '$lib/builds/build.fixture';
import { defaultBuilds, judgedBy } from './defaults';

const of = (pipeline: string) =>
  ({
    provider: 'buildkite',
    source_id: '6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55',
    source: 'acme',
    project: null,
    pipeline,
  }) satisfies Partial<Build>;
const pipeline = (name: string, branch: string | null): Pipeline => ({
  ...of(name),
  pipeline_name: null,
  branch,
  branch_is_default: branch !== null,
  running: 0,
  last_build_at: '2026-02-13T10:00:00Z',
  builds: [],
});
const build = (
  name: string,
  branch: string | null,
  pull_request: Build['pull_request'] = null,
): Build =>
  buildOf(`${name} ${branch}`, {
    ...of(name),
    branch,
    pull_request,
    queued_at: '2026-02-13T10:00:00Z',
  });

describe('what pipelines are judged by', () => {
  test('is of each its own branch, whatever the others have', () => {
    const { branches, has } = judgedBy([pipeline('web', 'main'), pipeline('app', 'release/7')]);
    expect(branches).toEqual(['main', 'release/7']);
    expect(has(build('app', 'release/7'))).toBe(true);
    expect(has(build('web', 'main'))).toBe(true);
    expect(has(build('web', 'release/7'))).toBe(false);
    expect(has(build('unknown', 'main'))).toBe(false);
    expect(has(build('web', 'main', { number: 7, target: null }))).toBe(false);
  });
  test('is all of a pipeline without any known branch', () => {
    const { branches, has } = judgedBy([pipeline('web', 'main'), pipeline('nightly', null)]);
    expect(branches).toEqual(['']);
    expect(has(build('nightly', null))).toBe(true);
    expect(has(build('web', null))).toBe(false);
  });
  test('is no branch that nobody knows as the default', () => {
    const own = { ...pipeline('app', 'topic'), branch_is_default: false };
    const { branches, has } = judgedBy([pipeline('web', 'main'), own]);
    expect(branches).toEqual(['main']);
    expect(has(build('app', 'topic'))).toBe(false);
  });
  test('of many names is picked out of all builds', () => {
    const many = Array.from({ length: 9 }, (_, at) => pipeline(`p${at}`, `release/${at}`));
    expect(judgedBy(many).branches).toEqual(['']);
  });
});

describe('the list of default branches', () => {
  test('is one list that goes on with the branches it began with', async () => {
    let known = [pipeline('web', 'main')];
    const asked: string[] = [];
    const pages = (branch: string) => (cursor: string | undefined) => ({
      key: `${branch} ${cursor ?? ''}`,
      load: (): Promise<List<Build>> => {
        asked.push(`${branch} ${cursor ?? ''}`.trim());
        return Promise.resolve({
          items: [build('web', branch), build('other', branch)],
          next_cursor: cursor ? null : 'more',
        });
      },
    });
    const list = defaultBuilds(pages, '', () => Promise.resolve(known));
    const { signal } = new AbortController();

    const first = await list(undefined).load(signal);
    expect(first.items.map(({ id }) => id)).toEqual(['web main']);
    known = [...known, pipeline('app', 'trunk')];
    const second = await list(first.next_cursor ?? undefined).load(signal);
    expect(second.next_cursor).toBeNull();
    expect(asked).toEqual(['main', 'main more']);
    // Its name does not hold what pipelines are known: it does not begin anew with them.
    expect(list(undefined).key).toBe(
      defaultBuilds(pages, '', () => Promise.resolve([]))(undefined).key,
    );
  });
});
