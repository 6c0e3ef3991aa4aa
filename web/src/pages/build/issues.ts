/** What the steps of a build complain of, and where in the logs that stands. Pure. */
import type { Step } from '$lib/api/types';
import { type Node, treeOf } from '$lib/builds/steps';

export type Issue = Step['issues'][number];
export type Complaint = { issue: Issue; line: number | null };
export type Group = { step: Step; name: string; path: string[]; complaints: Complaint[] };

/** With the line in the log that the step has, its own or that of its job; `null` when there is none. */
export const complaintsOf = (step: Step): Complaint[] =>
  step.issues.map((issue) => ({ issue, line: step.log_id ? issue.line : null }));

/** By step, in the order of the build; a job repeats nothing that its tasks say already. */
export function issuesOf(steps: readonly Step[]): Group[] {
  const groups: Group[] = [];
  const walk = (nodes: readonly Node[], path: string[]) => {
    for (const { step, name, children } of nodes) {
      const below = new Set(
        children.flatMap((child) => child.step.issues.map(({ message }) => message)),
      );
      const complaints = complaintsOf(step).filter(({ issue }) => !below.has(issue.message));
      if (complaints.length > 0) groups.push({ step, name, path, complaints });
      walk(children, [...path, name]);
    }
  };
  walk(treeOf(steps), []);
  return groups;
}

export const countOf = (groups: readonly Group[], kind: string): number =>
  groups.reduce(
    (sum, { complaints }) => sum + complaints.filter(({ issue }) => issue.kind === kind).length,
    0,
  );
