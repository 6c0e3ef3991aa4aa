/** What the list shows line by line: builds, and the headings of groups. Pure. */
import type { Build } from '$lib/api/types';
import { pipelineKey } from '$lib/builds/names';
import type { GROUPS } from './filter';

export type Grouping = (typeof GROUPS)[number];
export type Group = { key: string; builds: Build[] };
export type Line = { group: Group; build: null } | { group: null; build: Build };

function groupKey(build: Build, by: Grouping): string {
  // Builds whose commit nobody told stand alone: they share nothing.
  return by === 'commit' ? (build.commit ?? build.id) : pipelineKey(build);
}

/** Groups in the order of their newest build; the builds of each as they come. */
export function groupsOf(builds: readonly Build[], by: Grouping): Group[] {
  const groups = new Map<string, Group>();
  for (const build of builds) {
    const key = groupKey(build, by);
    const group = groups.get(key);
    if (group) group.builds.push(build);
    else groups.set(key, { key, builds: [build] });
  }
  return [...groups.values()];
}

export function linesOf(builds: readonly Build[], by: Grouping): Line[] {
  if (by === 'none') return builds.map((build) => ({ group: null, build }));
  return groupsOf(builds, by).flatMap((group): Line[] => [
    { group, build: null },
    ...group.builds.map((build): Line => ({ group: null, build })),
  ]);
}

/** Tells lines apart, whatever comes and goes around them. */
export const lineKey = (line: Line): string => line.build?.id ?? `group ${line.group?.key}`;

/** The next build from `id` on that is wanted, in one direction; from the start when `id` is not there. */
export function step(
  lines: readonly Line[],
  id: string | null,
  by: 1 | -1,
  wanted: (build: Build) => boolean = () => true,
): Build | null {
  const builds = lines.flatMap(({ build }) => build ?? []);
  const at = builds.findIndex((build) => build.id === id);
  const ahead =
    by === 1
      ? builds.slice(at + 1)
      : at < 0
        ? builds.toReversed()
        : builds.slice(0, at).toReversed();
  return ahead.find(wanted) ?? null;
}

/** What a length is drawn against: long ones are cut, so that a nightly one does not flatten the day's. */
export function scaleOf(builds: readonly Build[]): number {
  const lengths = builds
    .flatMap(({ queue_ms, duration_ms }) =>
      duration_ms === null ? [] : [(queue_ms ?? 0) + duration_ms],
    )
    .toSorted((a, b) => a - b);
  return Math.max(60_000, lengths[Math.floor((lengths.length - 1) * 0.75)] ?? 0);
}
