import { describe, expect, test } from 'vitest';
import type { Build, List, Pipeline } from '$lib/api/types';
import { defaultBuilds, judgedBy } from './defaults';

const of = (pipeline: string) => ({
  provider: 'buildkite',
  source: 'acme',
  project: null,
  pipeline,
});
const pipeline = (name: string, branch: string | null) =>
  ({ ...of(name), branch, branch_is_default: branch !== null }) as Pipeline;
const build = (name: string, branch: string | null, pull_request: object | null = null) =>
  ({
    ...of(name),
    id: `${name} ${branch}`,
    branch,
    pull_request,
    queued_at: '2026-02-13T10:00:00Z',
    started_at: null,
    finished_at: null,
  }) as Build;

describe('what pipelines are judged by', () => {
  test('is of each its own branch, whatever the others have', () => {
    const { branches, has } = judgedBy([pipeline('web', 'main'), pipeline('app', 'release/7')]);
    expect(branches).toEqual(['main', 'release/7']);
    expect(has(build('app', 'release/7'))).toBe(true);
    expect(has(build('web', 'main'))).toBe(true);
    expect(has(build('web', 'release/7'))).toBe(false);
    expect(has(build('unknown', 'main'))).toBe(false);
    expect(has(build('web', 'main', { number: 7 }))).toBe(false);
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
