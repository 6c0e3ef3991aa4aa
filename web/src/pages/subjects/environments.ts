/** Deployments as a table: releases against the environments they went to. Pure. */
import type { Subject } from '$lib/api/types';
import { releaseOf } from './release';

export type Deployment = Pick<
  Subject,
  'key' | 'title' | 'state' | 'project' | 'last_event_at' | 'deployment'
>;

/** `try 2, by Ada`: what is worth saying of a deployment beside its state; empty where nothing is. */
export function remarkOf({ deployment }: Pick<Subject, 'deployment'>): string {
  const attempt = deployment?.attempt ?? 1;
  const by = deployment?.requested_by;
  return [attempt > 1 ? `try ${attempt}` : '', by ? `by ${by}` : ''].filter(Boolean).join(', ');
}

export type ReleaseRow = {
  /** Key of the release. */
  key: string;
  name: string;
  /** By the name of the environment. */
  cells: Map<string, Deployment>;
};
export type Project = {
  project: string | null;
  /** In the order in which releases go through them. */
  environments: string[];
  /** What is in each now: the newest deployment that went well. */
  now: Map<string, { deployment: Deployment; release: string }>;
  /** The release with the newest event first. */
  releases: ReleaseRow[];
};

/** The title of a deployment is `release → environment`. */
const ARROW = ' → ';

const environmentId = (key: string): number => Number(/\/(\d+)$/.exec(key)?.[1] ?? Number.NaN);

/**
 * Of one release, environments have ascending ids in the order of its definition; over all releases an
 * environment stands where it does on average.
 */
function inOrder(rows: readonly ReleaseRow[]): string[] {
  const places = new Map<string, number[]>();
  for (const { cells } of rows) {
    const own = [...cells].toSorted(([, a], [, b]) => environmentId(a.key) - environmentId(b.key));
    own.forEach(([name], at) => {
      const place = own.length < 2 ? 0.5 : at / (own.length - 1);
      places.set(name, [...(places.get(name) ?? []), place]);
    });
  }
  const mean = (name: string) => {
    const all = places.get(name) ?? [];
    return all.reduce((sum, place) => sum + place, 0) / all.length;
  };
  return [...places.keys()].toSorted((a, b) => mean(a) - mean(b) || a.localeCompare(b));
}

const byNewest = (a: Deployment, b: Deployment): number =>
  (b.last_event_at ?? '').localeCompare(a.last_event_at ?? '');

/** In any order; a deployment whose title names no environment is left out. */
export function projectsOf(deployments: readonly Deployment[]): Project[] {
  const found = new Map<string, Map<string, ReleaseRow>>();
  for (const deployment of deployments.toSorted(byNewest)) {
    const key = releaseOf(deployment.key);
    const at = deployment.title?.lastIndexOf(ARROW) ?? -1;
    if (key === null || deployment.title === null || at < 0) continue;
    const [name, environment] = [
      deployment.title.slice(0, at),
      deployment.title.slice(at + ARROW.length),
    ];
    const project = deployment.project ?? '';
    const releases = found.get(project) ?? new Map<string, ReleaseRow>();
    found.set(project, releases);
    const row = releases.get(key) ?? { key, name, cells: new Map() };
    releases.set(key, row);
    // A second one in the same environment is an older try.
    if (!row.cells.has(environment)) row.cells.set(environment, deployment);
  }
  return [...found].map(([project, byKey]) => {
    const releases = [...byKey.values()];
    const now: Project['now'] = new Map();
    const tries = releases
      .flatMap(({ name, cells }) =>
        [...cells].map(([environment, deployment]) => ({ name, environment, deployment })),
      )
      .toSorted((a, b) => byNewest(a.deployment, b.deployment));
    for (const { name, environment, deployment } of tries) {
      const isThere = deployment.state === 'success' || deployment.state === 'unstable';
      if (isThere && !now.has(environment)) now.set(environment, { deployment, release: name });
    }
    return { project: project || null, environments: inOrder(releases), now, releases };
  });
}
