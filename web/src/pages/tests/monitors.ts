/** The settings of the monitors as a form: what each is called, and where it may lie. Pure. */
import type { Monitors } from '$lib/api/types';

export type MonitorKey = keyof Monitors;

type Common = {
  /** `alarm.percent`, within its monitor. */
  path: string;
  label: string;
  hint?: string;
};
export type Setting = Common &
  (
    | { kind: 'number'; unit: string; min: number; max: number; step?: number; maybe?: true }
    | { kind: 'choice'; options: readonly { value: string; label: string }[] }
    | { kind: 'patterns' }
  );

const RUNS_MAX = 500;
const DAYS_MAX = 365;
const runs = (path: string, label: string, min = 1, hint?: string, unit = 'runs'): Setting => ({
  ...{ path, label, kind: 'number', unit, min, max: RUNS_MAX },
  ...(hint ? { hint } : {}),
});
const days = (path: string, label: string, min = 1): Setting => ({
  ...{ path, label, kind: 'number', unit: 'days', min, max: DAYS_MAX },
});
const percent = (path: string, label: string): Setting => ({
  ...{ path, label, kind: 'number', unit: '%', min: 0, max: 100, step: 0.5 },
});
const SCOPE: Setting[] = [
  {
    ...{ path: 'branches', label: 'Branches', kind: 'patterns' },
    hint: '@default is the default branch; * stands for anything, a leading ! takes out.',
  },
  { path: 'pipelines', label: 'Pipelines', kind: 'patterns' },
];
const BREAKAGE = runs(
  'breakage',
  'A breakage is',
  0,
  'So many failures in a row are one change, not many; 0 counts every run.',
);

export const MONITORS: readonly {
  key: MonitorKey;
  title: string;
  says: string;
  alarm: readonly Setting[];
  recover: readonly Setting[];
  scope: readonly Setting[];
}[] = [
  {
    key: 'both_ways',
    title: 'Both ways on one commit',
    says: 'It passed and failed though the commit is the same, or passed only when it was tried again.',
    alarm: [
      runs('alarm.events', 'At least', 1, undefined, 'times'),
      days('alarm.within_days', 'Within the last'),
    ],
    recover: [
      days('recover.days', 'No more for', 0),
      runs('recover.clean_runs', 'And passes since, at least'),
      runs('recover.or_clean_runs', 'Or so many passes, however soon'),
      days('recover.quiet_days', 'Or without any failure for'),
    ],
    scope: SCOPE,
  },
  {
    key: 'flips',
    title: 'Changes of its outcome',
    says: 'From build to build it turns between passing and failing.',
    alarm: [
      percent('alarm.percent', 'Of its runs, at least'),
      runs('alarm.flips', 'And at least', 1, undefined, 'changes'),
      runs('alarm.min_runs', 'With at least', 1, 'With fewer the test is watched.'),
    ],
    recover: [
      percent('recover.percent', 'Of its runs, at most'),
      runs('recover.flips', 'Or at most', 0, undefined, 'changes'),
      days('recover.quiet_days', 'Or without any failure for'),
    ],
    scope: [
      ...SCOPE,
      runs('runs', 'Looks at the newest', 2),
      {
        ...{ path: 'count', label: 'What counts as a change', kind: 'choice' },
        options: [
          { value: 'into_failing', label: 'Into failing' },
          { value: 'both_directions', label: 'In both directions' },
        ],
      },
      BREAKAGE,
    ],
  },
  {
    key: 'failures',
    title: 'How often it fails',
    says: 'More often than it should, and less often than what is simply broken.',
    alarm: [
      percent('alarm.above_percent', 'Above'),
      {
        ...{ path: 'alarm.below_percent', label: 'And below', kind: 'number', unit: '%' },
        ...{ min: 0, max: 100, step: 0.5, maybe: true },
        hint: 'What fails more often is broken. Empty: no upper end.',
      },
      runs('alarm.min_runs', 'With at least', 1, 'With fewer the test is watched.'),
    ],
    recover: [
      percent('recover.percent', 'At most'),
      days('recover.quiet_days', 'Or without any failure for'),
    ],
    scope: [
      ...SCOPE,
      runs('runs', 'Looks at the newest', 2),
      {
        ...{ path: 'bounds', label: 'How the rate is taken', kind: 'choice' },
        options: [
          { value: 'wilson', label: 'By its 95 % interval' },
          { value: 'plain', label: 'As it is' },
        ],
      },
      BREAKAGE,
    ],
  },
  {
    key: 'broken',
    title: 'Broken',
    says: 'It fails now on a default branch, and not for the first time. That goes before flaky.',
    alarm: [
      runs('alarm.in_a_row', 'Failures in a row'),
      percent('alarm.percent', 'Or failures, of its newest runs at least'),
      runs('alarm.of_runs', 'Of the newest'),
      runs('alarm.min_runs', 'As soon as there are'),
    ],
    recover: [
      runs('recover.passes', 'Passes in a row'),
      days('recover.absent_days', 'Or no run for'),
    ],
    scope: [],
  },
];

type Tree = { [name: string]: unknown };

export function valueAt(monitors: Monitors, key: MonitorKey, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Tree | undefined)?.[name], monitors[key]);
}

/** The same with one setting changed. */
export function changed(
  monitors: Monitors,
  key: MonitorKey,
  path: string,
  value: unknown,
): Monitors {
  const put = (tree: Tree, [name = '', ...rest]: string[]): Tree => ({
    ...tree,
    [name]: rest.length === 0 ? value : put(tree[name] as Tree, rest),
  });
  return put(monitors as unknown as Tree, [key, ...path.split('.')]) as unknown as Monitors;
}

/** Patterns as they are typed: one by one, with commas or spaces between. */
export const patternsOf = (typed: string): string[] => typed.split(/[\s,]+/).filter(Boolean);

/** What is wrong with a value before anybody is asked; the server knows what does not go together. */
export function wrongWith(setting: Setting, value: unknown): string | undefined {
  if (setting.kind === 'patterns') {
    return Array.isArray(value) && value.length > 0 ? undefined : 'Name one; * stands for all.';
  }
  if (setting.kind !== 'number' || (value === null && setting.maybe)) return undefined;
  const { min, max, unit } = setting;
  const whole = unit === '%' || Number.isInteger(value);
  return typeof value === 'number' && whole && value >= min && value <= max
    ? undefined
    : `From ${min} to ${max}.`;
}

/** Whether all of it can be asked about. */
export const isSound = (monitors: Monitors): boolean =>
  MONITORS.every(({ key, alarm, recover, scope }) =>
    [...alarm, ...recover, ...scope].every(
      (setting) => wrongWith(setting, valueAt(monitors, key, setting.path)) === undefined,
    ),
  );

const sorted = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, one]) => [name, sorted(one)]),
      )
    : value;

/** Whatever the order of their names. */
export const isSame = (one: Monitors, other: Monitors): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
