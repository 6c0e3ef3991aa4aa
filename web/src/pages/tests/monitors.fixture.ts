/** Settings of monitors, for tests. */
import type { Monitors } from '$lib/api/types';

export const MONITORS_SET: Monitors = {
  both_ways: {
    ...{ on: true, branches: ['*'], pipelines: ['*'] },
    alarm: { events: 1, within_days: 14 },
    recover: { days: 7, clean_runs: 20, or_clean_runs: 100, quiet_days: 30 },
  },
  flips: {
    ...{ on: true, branches: ['@default'], pipelines: ['*'], runs: 30 },
    ...{ count: 'into_failing', breakage: 3 },
    alarm: { percent: 13, flips: 1, min_runs: 10 },
    recover: { percent: 3, flips: 0, quiet_days: 30 },
  },
  failures: {
    ...{ on: true, branches: ['@default'], pipelines: ['*'], runs: 200 },
    ...{ bounds: 'wilson', breakage: 3 },
    alarm: { above_percent: 2, below_percent: 80, min_runs: 20 },
    recover: { percent: 2, quiet_days: 30 },
  },
  broken: {
    on: true,
    alarm: { in_a_row: 3, percent: 80, of_runs: 10, min_runs: 5 },
    recover: { passes: 1, absent_days: 30 },
  },
};
