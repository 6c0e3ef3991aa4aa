/**
 * One stream of changes per browser, not per tab: HTTP/1.1 allows about six connections to a host,
 * so six tabs with a stream each would leave none for pages. The tab that holds the lock listens and
 * tells the others; when it closes, the next one takes over where it stopped.
 */
import { Batch, type Kind, type Told } from './batch';

export type LiveState = 'off' | 'live' | 'reconnecting' | 'polling' | 'paused';

/** Thousands of messages a second become this many notifications at most. */
export const GATHER_MS = 250;

/** Without a stream: how often pages look again. */
export const POLL_MS = 10_000;

/** Waits before a stream that the server ended is opened again. */
export const REOPEN_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** A page that reads a list anew does so at most this often, however much happens. */
export const HANDLER_MS = 1_000;

export type Stream = {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  readonly readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
};
export type Channel = {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
};

/** The world as the hub sees it, so that tests can be the world. */
export type World = {
  /** `null`: this browser has none; then pages are polled. */
  openStream: ((after: string | null) => Stream) | null;
  openChannel: (() => Channel) | null;
  /** Calls `held` when this tab may lead; it leads until the promise ends. */
  lead: ((held: () => Promise<void>, signal: AbortSignal) => void) | null;
  /** The server gave no stream: it may be away, or know us no more. */
  refused(): void;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  now(): number;
};

type Message =
  | { type: 'batch'; told: Told; last: string | null }
  | { type: 'state'; state: LiveState; last: string | null }
  | { type: 'hello' };

type Listener = {
  kinds: readonly Kind[];
  handle: (batch: Batch) => void;
  atMostEvery: number;
  pending: Batch;
  calledAt: number;
  timer: unknown;
};

/** `EventSource.CLOSED`: the browser will not try again by itself. */
const CLOSED = 2;

export class LiveHub {
  #world: World;
  #listeners = new Set<Listener>();
  /** For this tab; grows, bounded, while it is paused. */
  #gathered = new Batch();
  /** For the other tabs. */
  #outgoing = new Batch();
  #timer: unknown = null;
  #reopenTimer: unknown = null;
  #failures = 0;
  #stream: Stream | null = null;
  #channel: Channel | null = null;
  #stopLeading: (() => void) | null = null;
  #wish: AbortController | null = null;
  #last: string | null = null;
  /** Something may have happened before the next opening, and a stream without a place begins with it. */
  #blind = false;
  #state: LiveState = 'off';
  #paused = false;
  #tellState: (state: LiveState) => void;

  constructor(world: World, tellState: (state: LiveState) => void = () => undefined) {
    this.#world = world;
    this.#tellState = tellState;
  }

  get state(): LiveState {
    return this.#paused && this.#state !== 'off' ? 'paused' : this.#state;
  }

  start(): void {
    if (this.#wish) return;
    this.#wish = new AbortController();
    const { openStream, openChannel, lead } = this.#world;
    if (!openStream || !openChannel || !lead) {
      this.#enter('polling');
      this.#poll();
      return;
    }
    this.#enter('reconnecting');
    this.#channel = openChannel();
    this.#channel.onmessage = (event) => this.#hear(event.data as Message);
    this.#say({ type: 'hello' });
    lead(() => this.#lead(), this.#wish.signal);
  }

  /** On signing out: nothing of the former person is heard any more. */
  stop(): void {
    this.#wish?.abort();
    this.#wish = null;
    this.#stopLeading?.();
    this.#stopLeading = null;
    this.#closeStream();
    this.#channel?.close();
    this.#channel = null;
    this.#clear();
    this.#gathered = new Batch();
    this.#outgoing = new Batch();
    this.#last = null;
    this.#blind = false;
    this.#failures = 0;
    this.#paused = false;
    this.#enter('off');
  }

  /** This tab stops following; what happens meanwhile is gathered, bounded, and told on resuming. */
  pause(): void {
    this.#paused = true;
    this.#tellState(this.state);
  }

  resume(): void {
    this.#paused = false;
    this.#tellState(this.state);
    this.#flush();
  }

  /** Calls `handle` when something of these kinds changed, at most once a second unless told. */
  onChange(
    kinds: readonly Kind[],
    handle: (batch: Batch) => void,
    atMostEvery: number = HANDLER_MS,
  ): () => void {
    const listener: Listener = {
      kinds,
      handle,
      atMostEvery,
      pending: new Batch(),
      calledAt: Number.NEGATIVE_INFINITY,
      timer: null,
    };
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (listener.timer !== null) this.#world.clearTimer(listener.timer);
    };
  }

  #enter(state: LiveState): void {
    this.#state = state;
    this.#tellState(this.state);
  }

  #say(message: Message): void {
    this.#channel?.postMessage(message);
  }

  #hear(message: Message): void {
    if (this.#stopLeading) {
      if (message.type === 'hello')
        this.#say({ type: 'state', state: this.#state, last: this.#last });
      return;
    }
    this.#blind = true;
    if (message.type === 'state') {
      this.#last = message.last;
      this.#enter(message.state);
    } else if (message.type === 'batch') {
      this.#last = message.last;
      this.#gathered.addAll(message.told);
      // The leader has gathered already.
      this.#flush();
    }
  }

  #lead(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopLeading = resolve;
      this.#open();
    });
  }

  #open(): void {
    const stream = this.#world.openStream?.(this.#last);
    if (!stream) return;
    this.#stream = stream;
    let opened = false;
    stream.onopen = () => {
      opened = true;
      this.#failures = 0;
      if (this.#blind && this.#last === null) this.#everything();
      this.#blind = false;
      this.#change('live');
    };
    stream.onerror = () => {
      this.#change('reconnecting');
      const closed = stream.readyState === CLOSED;
      // A browser that comes back by itself knows the place, which the server told it first of all.
      this.#blind ||= closed || !opened;
      if (!closed) return;
      this.#closeStream();
      this.#world.refused();
      const wait = REOPEN_MS[Math.min(this.#failures, REOPEN_MS.length - 1)] as number;
      this.#failures += 1;
      this.#reopenTimer = this.#world.setTimer(() => {
        this.#reopenTimer = null;
        this.#open();
      }, wait);
    };
    stream.addEventListener('message', (event) => {
      if (event.lastEventId) this.#last = event.lastEventId;
      const change = read(event.data);
      if (!change) return;
      this.#gathered.add(change.kind, change.id);
      this.#outgoing.add(change.kind, change.id);
      this.#flushLater();
    });
    stream.addEventListener('reset', (event) => {
      this.#last = event.lastEventId || null;
      this.#everything();
    });
  }

  #everything(): void {
    this.#gathered.addEverything();
    this.#outgoing.addEverything();
    this.#flushLater();
  }

  #change(state: LiveState): void {
    if (this.#state === state) return;
    this.#enter(state);
    this.#say({ type: 'state', state, last: this.#last });
  }

  #closeStream(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #flushLater(): void {
    this.#timer ??= this.#world.setTimer(() => {
      this.#timer = null;
      this.#say({ type: 'batch', told: this.#outgoing.told(), last: this.#last });
      this.#outgoing = new Batch();
      this.#flush();
    }, GATHER_MS);
  }

  #flush(): void {
    if (this.#paused || this.#gathered.empty) return;
    const batch = this.#gathered;
    this.#gathered = new Batch();
    for (const listener of this.#listeners) {
      if (!batch.touches(listener.kinds)) continue;
      listener.pending.addAll(batch.told());
      this.#call(listener);
    }
  }

  #call(listener: Listener): void {
    if (listener.timer !== null) return;
    const wait = listener.calledAt + listener.atMostEvery - this.#world.now();
    if (wait > 0) {
      listener.timer = this.#world.setTimer(() => {
        listener.timer = null;
        this.#call(listener);
      }, wait);
      return;
    }
    const batch = listener.pending;
    listener.pending = new Batch();
    listener.calledAt = this.#world.now();
    listener.handle(batch);
  }

  #poll(): void {
    this.#timer = this.#world.setTimer(() => {
      this.#gathered.addEverything();
      this.#flush();
      this.#poll();
    }, POLL_MS);
  }

  #clear(): void {
    if (this.#timer !== null) this.#world.clearTimer(this.#timer);
    if (this.#reopenTimer !== null) this.#world.clearTimer(this.#reopenTimer);
    this.#timer = null;
    this.#reopenTimer = null;
    for (const listener of this.#listeners) {
      if (listener.timer !== null) this.#world.clearTimer(listener.timer);
      listener.timer = null;
      listener.pending = new Batch();
    }
  }
}

function read(data: string): { kind: string; id: string | null } | null {
  try {
    const { kind, id } = JSON.parse(data);
    if (typeof kind !== 'string') return null;
    return { kind, id: id === null || id === undefined ? null : String(id) };
  } catch {
    return null;
  }
}
