/** The builds that pipelines are judged by: of each pipeline those of its own branch, whatever that is called. */
import type { Build, Pipeline } from '$lib/api/types';
import { pipelineKey } from '$lib/builds/names';
import { merged, type Page } from './merge';

/** Branches read side by side. With more names than this all builds are read, and the others left out. */
const BRANCHES_MAX = 6;

export type Judged = {
  /** Names of branches to read; one that is empty is all of them. */
  branches: readonly string[];
  has: (build: Build) => boolean;
};

export function judgedBy(pipelines: readonly Pipeline[]): Judged {
  // Where branches are known and none as the default, the busiest is only somebody's own.
  const known = pipelines.filter((one) => one.branch === null || one.branch_is_default);
  const branchOf = new Map(known.map((one) => [pipelineKey(one), one.branch]));
  const names = [...new Set(branchOf.values())];
  // A pipeline without any known branch is judged by all its builds, and no filter asks for those.
  const named = names.every((name) => name !== null) && names.length <= BRANCHES_MAX;
  return {
    branches: named ? names.filter((name) => name !== null).toSorted() : [''],
    has: (build) => {
      const branch = branchOf.get(pipelineKey(build));
      return (
        branch !== undefined &&
        build.pull_request === null &&
        (branch === null || branch === build.branch)
      );
    },
  };
}

/** Where the list goes on: its branches are those it began with, whatever is known by then. */
type Place = { branches: readonly string[]; next: string };

/** `pages` reads one branch; `known` tells the pipelines, when the list is read. */
export function defaultBuilds(
  pages: (branch: string) => Page,
  branch: string,
  known: (signal: AbortSignal) => Promise<readonly Pipeline[]>,
): Page {
  return (cursor) => ({
    key: `${pages(branch)(cursor).key} of default branches`,
    load: async (signal) => {
      const judged = judgedBy(await known(signal));
      const place = cursor ? (JSON.parse(cursor) as Place) : null;
      const branches = place?.branches ?? (branch ? [branch] : judged.branches);
      const list = await merged(branches.map(pages))(place?.next).load(signal);
      return {
        items: list.items.filter(judged.has),
        next_cursor: list.next_cursor
          ? JSON.stringify({ branches, next: list.next_cursor } satisfies Place)
          : null,
      };
    },
  });
}
