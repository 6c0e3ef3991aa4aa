/** Every word of a state or result that the API knows: its shape, its colour, and how people say it. */

export type Shape = 'passed' | 'failed' | 'running' | 'partial' | 'flaky' | 'stopped' | 'queued';

export type Look = { shape: Shape; label: string };

const LOOKS: Record<string, Look> = {
  // Results of builds and steps.
  success: { shape: 'passed', label: 'Passed' },
  failure: { shape: 'failed', label: 'Failed' },
  unstable: { shape: 'partial', label: 'Unstable' },
  aborted: { shape: 'stopped', label: 'Canceled' },
  skipped: { shape: 'stopped', label: 'Skipped' },
  unknown: { shape: 'stopped', label: 'Unknown' },
  // States.
  queued: { shape: 'queued', label: 'Queued' },
  running: { shape: 'running', label: 'Running' },
  waiting: { shape: 'queued', label: 'Waiting' },
  finished: { shape: 'stopped', label: 'Finished' },
  // Events.
  done: { shape: 'passed', label: 'Done' },
  parked: { shape: 'failed', label: 'Parked' },
  pending: { shape: 'queued', label: 'Pending' },
  refused: { shape: 'failed', label: 'Refused' },
  // Answers to senders.
  stored: { shape: 'passed', label: 'Stored' },
  test: { shape: 'flaky', label: 'Test' },
  duplicate: { shape: 'stopped', label: 'Duplicate' },
  // Facts.
  applied: { shape: 'passed', label: 'Applied' },
  overtaken: { shape: 'stopped', label: 'Overtaken' },
  // Sources.
  healthy: { shape: 'passed', label: 'Healthy' },
  degraded: { shape: 'partial', label: 'Degraded' },
  silent: { shape: 'queued', label: 'Silent' },
  // Agents.
  online: { shape: 'passed', label: 'Online' },
  busy: { shape: 'running', label: 'Busy' },
  paused: { shape: 'partial', label: 'Paused' },
  offline: { shape: 'stopped', label: 'Offline' },
  lost: { shape: 'failed', label: 'Lost' },
  // Tests.
  passed: { shape: 'passed', label: 'Passed' },
  failed: { shape: 'failed', label: 'Failed' },
  errored: { shape: 'failed', label: 'Errored' },
  retried: { shape: 'flaky', label: 'Passed on retry' },
  broken: { shape: 'failed', label: 'Broken' },
  flaky: { shape: 'flaky', label: 'Flaky' },
  watching: { shape: 'partial', label: 'Watching' },
  // People.
  active: { shape: 'passed', label: 'Active' },
  invited: { shape: 'queued', label: 'Invited' },
  disabled: { shape: 'stopped', label: 'Disabled' },
};

/** A word we do not know is shown as it is, never as something it may not be. */
export function lookOf(word: string): Look {
  return LOOKS[word] ?? { shape: 'stopped', label: word };
}

/** The word to show of a build or step: its result once finished, else its state. */
export function wordOf(thing: { state: string; result?: string | null }): string {
  return thing.state === 'finished' ? (thing.result ?? 'unknown') : thing.state;
}
