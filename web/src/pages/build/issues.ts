/** What the steps of a build complain of, and where in the logs that stands. Pure. */
import type { Step } from '$lib/api/types';
import { type Node, treeOf } from '$lib/builds/steps';

export type Issue = Step['issues'][number];
export type Complaint = { issue: Issue; line: number | null };
export type Group = { step: Step; name: string; path: string[]; complaints: Complaint[] };

/** The line in the log that holds the step's own: a task writes somewhere in that of its job. */
export const lineOf = (
  step: Pick<Step, 'kind' | 'log_from'>,
  issue: Pick<Issue, 'line'>,
): number | null =>
  issue.line === null
    ? null
    : step.kind === 'task' && step.log_from !== null
      ? step.log_from + issue.line - 1
      : issue.line;

/** Where a step's log is, and the line in it; `null` when there is no log. */
export const complaintsOf = (step: Step): Complaint[] =>
  step.issues.map((issue) => ({ issue, line: step.log_id ? lineOf(step, issue) : null }));

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
