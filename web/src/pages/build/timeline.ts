/** The steps of a build against time: rows, bars, ticks, zoom. Pure; times are milliseconds since 1970. */
import type { Build, Step } from '$lib/api/types';
import type { Node } from '$lib/builds/steps';

export type Row = {
  node: Node;
  depth: number;
  /** Something that could be shown is below it. */
  foldable: boolean;
  open: boolean;
  earlier: boolean;
};

/** What is called so, and the way there; what is in a step that is called so comes along. */
function called(
  tree: readonly Node[],
  find: string,
  isShown: (node: Node) => boolean,
): ReadonlySet<Node> {
  const wanted = find.trim().toLowerCase();
  const found = new Set<Node>();
  const walk = (nodes: readonly Node[], within: boolean): boolean => {
    let any = false;
    for (const node of nodes.filter(isShown)) {
      const itself = within || node.name.toLowerCase().includes(wanted);
      const below = walk(node.children, itself);
      if (!itself && !below) continue;
      found.add(node);
      any = true;
    }
    return any;
  };
  walk(tree, false);
  return found;
}

/**
 * The rows that are shown: what is shut hides what is below it, earlier attempts and tasks only when asked for.
 * With words to find, all that is called so, shut or not.
 */
export function rowsOf(
  tree: readonly Node[],
  shut: ReadonlySet<string>,
  earlier: ReadonlySet<string>,
  shown: { attempts: boolean; tasks: boolean },
  find = '',
): Row[] {
  const rows: Row[] = [];
  const isShown = ({ step }: Node) =>
    (shown.attempts || !earlier.has(step.id)) && (shown.tasks || step.kind !== 'task');
  const found = find.trim() === '' ? null : called(tree, find, isShown);
  const walk = (nodes: readonly Node[], depth: number) => {
    for (const node of nodes) {
      if (!isShown(node) || (found && !found.has(node))) continue;
      const foldable = node.children.some(({ step }) => shown.tasks || step.kind !== 'task');
      const open = foldable && (found !== null || !shut.has(node.step.id));
      rows.push({ node, depth, foldable, open, earlier: earlier.has(node.step.id) });
      if (open) walk(node.children, depth + 1);
    }
  };
  walk(tree, 0);
  return rows;
}

const at = (time: string | null): number | null => (time === null ? null : Date.parse(time));

export type Span = { from: number; to: number };

/** Up to where what has not ended is drawn. */
export type End = {
  at: number;
  /** The build is over. The server closes no steps with it: what has not ended by then was not told to have. */
  over: boolean;
};

/** Now, while the build goes on; else its end, or the last that is known of it. */
export function endOf(
  build: Pick<Build, 'started_at' | 'finished_at' | 'state'>,
  steps: readonly Step[],
  now: number,
): End {
  if (build.state !== 'finished') return { at: now, over: false };
  const told = [build, ...steps].flatMap((one) => at(one.finished_at) ?? at(one.started_at) ?? []);
  return { at: at(build.finished_at) ?? (told.length > 0 ? Math.max(...told) : now), over: true };
}

export type Bars = {
  wait: Span | null;
  run: Span | null;
  /** It goes on: its end is now. */
  growing: boolean;
  /** Its build is over, and its own end was not told: it is drawn up to the build's. */
  untold: boolean;
};

/** When a step waited and ran. A stage reaches over what is in it, whatever was told of itself. */
export function barsOf(node: Node, end: End): Bars {
  const { step } = node;
  const [queued, started, finished] = [
    at(step.queued_at),
    at(step.started_at),
    at(step.finished_at),
  ];
  const over = step.state === 'finished';
  const begin = started ?? (step.kind === 'gate' ? queued : null);
  let run: Span | null = null;
  if (begin !== null)
    run = { from: begin, to: Math.max(begin, finished ?? (over ? begin : end.at)) };
  else if (finished !== null) run = { from: finished, to: finished };

  const below = node.children.map((child) => barsOf(child, end));
  for (const { run: inner } of below) {
    if (!inner) continue;
    run = run
      ? { from: Math.min(run.from, inner.from), to: Math.max(run.to, inner.to) }
      : { ...inner };
  }
  const waitEnd = run?.from ?? (over ? null : end.at);
  const wait =
    queued !== null && step.kind !== 'gate' && waitEnd !== null && waitEnd > queued
      ? { from: queued, to: waitEnd }
      : null;
  const open = !over && (run !== null || wait !== null);
  return {
    wait,
    run,
    growing: !end.over && (open || below.some(({ growing }) => growing)),
    untold: end.over && open,
  };
}

/** The time that all rows share. */
export function boundsOf(
  build: Pick<Build, 'queued_at' | 'started_at' | 'finished_at'>,
  rows: readonly Row[],
  end: End,
): Span {
  let from = at(build.queued_at) ?? at(build.started_at) ?? Number.POSITIVE_INFINITY;
  let to = at(build.finished_at) ?? Number.NEGATIVE_INFINITY;
  for (const { node } of rows) {
    const { wait, run } = barsOf(node, end);
    from = Math.min(from, wait?.from ?? from, run?.from ?? from);
    to = Math.max(to, wait?.to ?? to, run?.to ?? to);
  }
  if (!end.over) to = Math.max(to, end.at);
  if (!Number.isFinite(from)) from = Number.isFinite(to) ? to : end.at;
  // Something without any length is drawn as a second.
  return { from, to: Math.max(to, from + 1_000) };
}

/** The part of the whole that is seen, as parts of 1. */
export type View = { from: number; to: number };
export const FIT: View = { from: 0, to: 1 };
/** No closer than this part of the whole. */
const CLOSEST = 1 / 512;

/** Closer (above 1) or further (below), around a point of the whole. */
export function zoom(view: View, factor: number, around = (view.from + view.to) / 2): View {
  const size = Math.min(1, Math.max(CLOSEST, (view.to - view.from) / factor));
  const part = (around - view.from) / (view.to - view.from);
  return pan({ from: around - size * part, to: around + size * (1 - part) }, 0);
}

/** Along by a part of what is seen, never beyond the ends. */
export function pan(view: View, by: number): View {
  const size = view.to - view.from;
  const from = Math.min(Math.max(0, view.from + by * size), 1 - size);
  return { from, to: from + size };
}

/** Closer or further with a point of the whole in the middle, as far as the ends allow. */
export function centre(view: View, factor: number, middle: number): View {
  const { from, to } = zoom(view, factor);
  const half = (to - from) / 2;
  return pan({ from: middle - half, to: middle + half }, 0);
}

export const isFit = (view: View): boolean => view.to - view.from > 0.999;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 168, 720].map((hours) => hours * HOUR),
];

/** `0`, `30 s`, `2 m`, `1 m 30 s`, `1 h 15 m`: how far after the begin. */
export function offset(ms: number): string {
  if (ms === 0) return '0';
  const sign = ms < 0 ? '−' : '';
  const length = Math.abs(ms);
  if (length < MINUTE) return `${sign}${Number((length / SECOND).toFixed(1))} s`;
  const [hours, minutes, seconds] = [
    Math.floor(length / HOUR),
    Math.floor((length % HOUR) / MINUTE),
    Math.floor((length % MINUTE) / SECOND),
  ];
  if (hours >= 48) return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
  const parts = [
    hours && `${hours} h`,
    minutes && `${minutes} m`,
    !hours && seconds && `${seconds} s`,
  ];
  return sign + parts.filter(Boolean).join(' ');
}

/** Round points of time in the span, so many that their names have room. */
export function ticks(span: Span, origin: number, most: number): { at: number; label: string }[] {
  const length = span.to - span.from;
  const every = STEPS.find((step) => length / step <= most) ?? length;
  const first = Math.ceil((span.from - origin) / every) * every;
  const found: { at: number; label: string }[] = [];
  for (let after = first; origin + after <= span.to && found.length < 100; after += every) {
    found.push({ at: origin + after, label: offset(after) });
  }
  return found;
}

const RED = ['failure', 'unstable'];
export const isFailed = (step: Step): boolean => RED.includes(step.result ?? '');

/** The next failed row in one direction, going round; `null` when none failed. The innermost count. */
export function nextFailed(rows: readonly Row[], id: string | null, by: 1 | -1): Row | null {
  const shown = new Set(rows.map(({ node }) => node.step.id));
  const failed = rows.filter(
    ({ node }) =>
      isFailed(node.step) &&
      !node.children.some(({ step }) => isFailed(step) && shown.has(step.id)),
  );
  if (failed.length === 0) return null;
  const here = rows.findIndex(({ node }) => node.step.id === id);
  const ordered = by === 1 ? failed : failed.toReversed();
  return (
    ordered.find((row) => {
      const there = rows.indexOf(row);
      return here < 0 || (by === 1 ? there > here : there < here);
    }) ??
    ordered[0] ??
    null
  );
}

/** The step that began last of those that run: what somebody who follows wants to see. */
export function newestRunning(rows: readonly Row[]): Row | null {
  const shown = new Set(rows.map(({ node }) => node.step.id));
  return rows
    .filter(
      ({ node }) =>
        node.step.state === 'running' && !node.children.some(({ step }) => shown.has(step.id)),
    )
    .reduce<Row | null>(
      (newest, row) =>
        newest === null || (row.node.step.started_at ?? '') >= (newest.node.step.started_at ?? '')
          ? row
          : newest,
      null,
    );
}
