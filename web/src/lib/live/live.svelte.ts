/**
 * What pages use of the live stream.
 *
 *     onChange(['build'], (batch) => { if (batch.has('build', id)) build.reload(); });
 */
import type { Batch, Kind } from './batch';
import { LiveHub, type Channel, type LiveState, type Stream, type World } from './hub';

const LOCK = 'creel.live';

function browserWorld(refused: () => void): World {
  return {
    openStream:
      'EventSource' in window
        ? (after) =>
            new EventSource(
              after === null
                ? '/api/v1/live'
                : `/api/v1/live?last_event_id=${encodeURIComponent(after)}`,
            ) as unknown as Stream
        : null,
    openChannel:
      'BroadcastChannel' in window ? () => new BroadcastChannel(LOCK) as unknown as Channel : null,
    lead:
      'locks' in navigator
        ? (held, signal) => {
            // Refused only when the signal ends the wait, which is what was wanted.
            navigator.locks.request(LOCK, { signal }, held).catch(() => undefined);
          }
        : null,
    setTimer: (run, ms) => setTimeout(run, ms),
    clearTimer: (timer) => clearTimeout(timer as number),
    now: () => performance.now(),
    refused,
  };
}

class Live {
  #state = $state<LiveState>('off');
  #hub = new LiveHub(
    browserWorld(() => this.onRefused()),
    (state) => (this.#state = state),
  );
  /** The server gave no stream: it may be away, or know us no more. */
  onRefused = () => {};

  /** For the dot in the top bar. */
  get state(): LiveState {
    return this.#state;
  }
  get paused(): boolean {
    return this.#state === 'paused';
  }
  start(): void {
    this.#hub.start();
  }
  stop(): void {
    this.#hub.stop();
  }
  toggle(): void {
    if (this.paused) this.#hub.resume();
    else this.#hub.pause();
  }
  /** For code outside components; inside, use `onChange`. Returns how to stop. */
  listen(kinds: readonly Kind[], handle: (batch: Batch) => void, atMostEvery?: number) {
    return this.#hub.onChange(kinds, handle, atMostEvery);
  }
}

export const live = new Live();

/**
 * While the component is there, calls `handle` when something of these kinds changed: at most once a
 * second, with all that changed since. Call it while the component is set up.
 */
export function onChange(
  kinds: readonly Kind[],
  handle: (batch: Batch) => void,
  options: { atMostEvery?: number } = {},
): void {
  $effect(() => live.listen(kinds, handle, options.atMostEvery));
}
