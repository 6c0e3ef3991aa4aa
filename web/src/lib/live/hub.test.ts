import { beforeEach, describe, expect, test } from 'vitest';
import { Batch, IDS_MAX, type Kind } from './batch';
import { GATHER_MS, HANDLER_MS, LiveHub, POLL_MS, REOPEN_MS, type World } from './hub';

/** A browser with tabs, a clock that tests set, and a server that never speaks by itself. */
class Browser {
  time = 0;
  timers = new Map<number, { at: number; run: () => void }>();
  #ids = 0;
  streams: FakeStream[] = [];
  channels = new Set<FakeChannel>();
  queue: (() => void)[] = [];
  holder: object | null = null;
  refusals = 0;

  world(missing: Partial<World> = {}): World {
    return {
      openStream: (after) => {
        const stream = new FakeStream(after);
        this.streams.push(stream);
        return stream;
      },
      openChannel: () => new FakeChannel(this.channels),
      lead: (held, signal) => {
        const take = () => {
          if (signal.aborted) return this.next();
          this.holder = held;
          void held().then(() => {
            this.holder = null;
            this.next();
          });
        };
        if (this.holder) this.queue.push(take);
        else take();
      },
      setTimer: (run, ms) => {
        const id = ++this.#ids;
        this.timers.set(id, { at: this.time + ms, run });
        return id;
      },
      clearTimer: (id) => this.timers.delete(id as number),
      now: () => this.time,
      refused: () => (this.refusals += 1),
      ...missing,
    };
  }

  next(): void {
    this.queue.shift()?.();
  }

  get stream(): FakeStream {
    return this.streams.at(-1) as FakeStream;
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.timers].sort((a, b) => a[1].at - b[1].at)[0];
      if (!due || due[1].at > end) break;
      this.timers.delete(due[0]);
      this.time = due[1].at;
      due[1].run();
    }
    this.time = end;
  }
}

class FakeStream {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  closed = false;
  #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly after: string | null) {}
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  breaks(forGood: boolean): void {
    this.readyState = forGood ? 2 : 0;
    this.onerror?.();
  }
  tells(kind: Kind, id: string | null, commit = ''): void {
    const data = JSON.stringify({ kind, id, version: 1 });
    this.#listeners.get('message')?.({ data, lastEventId: commit } as MessageEvent<string>);
  }
  babbles(data: string): void {
    this.#listeners.get('message')?.({ data, lastEventId: '' } as MessageEvent<string>);
  }
  resets(): void {
    this.#listeners.get('reset')?.({ data: '', lastEventId: '' } as MessageEvent<string>);
  }
}

class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(readonly all: Set<FakeChannel>) {
    all.add(this);
  }
  postMessage(data: unknown): void {
    for (const other of this.all) if (other !== this) other.onmessage?.({ data });
  }
  close(): void {
    this.all.delete(this);
  }
}

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
});

function tab(missing: Partial<World> = {}, kinds: Kind[] = ['build'], atMostEvery = 0) {
  const hub = new LiveHub(browser.world(missing));
  const heard: Batch[] = [];
  hub.onChange(kinds, (batch) => heard.push(batch), atMostEvery);
  hub.start();
  return { hub, heard };
}

describe('one stream per browser', () => {
  test('a second tab hears through the first and opens no stream', () => {
    const first = tab();
    const second = tab();
    browser.stream.opens();
    browser.stream.tells('build', 'a', '7');
    browser.pass(GATHER_MS);

    expect(browser.streams).toHaveLength(1);
    expect(first.heard[0]?.has('build', 'a')).toBe(true);
    expect(second.heard[0]?.has('build', 'a')).toBe(true);
    expect(second.hub.state).toBe('live');
  });

  test('a tab that comes later learns at once that the stream is live', () => {
    tab();
    browser.stream.opens();
    expect(tab().hub.state).toBe('live');
  });

  test('when the leader closes, the next tab resumes after the last commit it heard of', async () => {
    const first = tab();
    const second = tab();
    browser.stream.opens();
    browser.stream.tells('build', 'a', '7');
    browser.pass(GATHER_MS);

    first.hub.stop();
    await Promise.resolve();
    await Promise.resolve();

    expect(browser.streams).toHaveLength(2);
    expect(browser.stream.after).toBe('7');
    browser.stream.opens();
    browser.stream.tells('build', 'b', '8');
    browser.pass(GATHER_MS);
    expect(second.heard.at(-1)?.has('build', 'b')).toBe(true);
    expect(first.heard).toHaveLength(1);
  });

  test('who takes over without a place looks at everything', async () => {
    const first = tab();
    const second = tab();
    browser.stream.opens();
    first.hub.stop();
    await Promise.resolve();
    await Promise.resolve();

    expect(browser.stream.after).toBeNull();
    browser.stream.opens();
    browser.pass(GATHER_MS);
    expect(second.heard[0]?.ids('build')).toBe('many');
  });
});

describe('many messages', () => {
  test('within a quarter second are one notification', () => {
    const { heard } = tab();
    for (let n = 0; n < 5_000; n += 1) browser.stream.tells('build', `b${n % 50}`);
    browser.pass(GATHER_MS);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.ids('build')).toHaveProperty('size', 50);
  });

  test('beyond the cap are just "many"', () => {
    const { heard } = tab();
    for (let n = 0; n <= IDS_MAX; n += 1) browser.stream.tells('build', `b${n}`);
    browser.pass(GATHER_MS);
    expect(heard[0]?.ids('build')).toBe('many');
    expect(heard[0]?.has('build', 'never named')).toBe(true);
  });

  test('call a handler at most once in its time, and lose nothing', () => {
    const { heard } = tab({}, ['build'], HANDLER_MS);
    for (let second = 0; second < 4; second += 1) {
      for (let n = 0; n < 4; n += 1) {
        browser.stream.tells('build', `${second}-${n}`);
        browser.pass(GATHER_MS);
      }
    }
    browser.pass(HANDLER_MS);
    expect(heard.length).toBeLessThanOrEqual(5);
    const ids = heard.flatMap((batch) => [...(batch.ids('build') as Set<string>)]);
    expect(new Set(ids).size).toBe(16);
  });

  test('of other kinds wake nobody', () => {
    const { heard } = tab({}, ['source']);
    browser.stream.tells('build', 'a');
    browser.pass(GATHER_MS);
    expect(heard).toHaveLength(0);
  });
});

describe('trouble', () => {
  test('a broken stream says so, and the browser reconnects it', () => {
    const { hub } = tab();
    browser.stream.opens();
    browser.stream.breaks(false);
    expect(hub.state).toBe('reconnecting');
    expect(browser.streams).toHaveLength(1);
    browser.stream.opens();
    expect(hub.state).toBe('live');
  });

  test('a stream that the server ended is opened again, slower each time, from where it stopped', () => {
    tab();
    browser.stream.opens();
    browser.stream.tells('build', 'a', '9');
    browser.stream.breaks(true);
    browser.pass(REOPEN_MS[0] - 1);
    expect(browser.streams).toHaveLength(1);
    browser.pass(1);
    expect(browser.streams).toHaveLength(2);
    expect(browser.stream.after).toBe('9');
    browser.stream.breaks(true);
    browser.pass(REOPEN_MS[0]);
    expect(browser.streams).toHaveLength(2);
    browser.pass(REOPEN_MS[1] - REOPEN_MS[0]);
    expect(browser.streams).toHaveLength(3);
  });

  test('a stream that is opened again without a place makes every page look at everything', () => {
    const leader = tab();
    const other = tab();
    browser.stream.opens();
    browser.pass(GATHER_MS);
    expect(leader.heard).toHaveLength(0);

    browser.stream.breaks(true);
    browser.pass(REOPEN_MS[0]);
    browser.stream.breaks(true);
    browser.pass(REOPEN_MS[1]);
    expect(leader.heard).toHaveLength(0);
    browser.stream.opens();
    browser.pass(GATHER_MS);
    expect(leader.heard[0]?.ids('build')).toBe('many');
    expect(other.heard[0]?.ids('build')).toBe('many');
  });

  test('so does one that opens late; one that the browser itself opens again knows its place', () => {
    const { heard } = tab();
    browser.stream.breaks(false);
    browser.stream.opens();
    browser.pass(GATHER_MS);
    expect(heard).toHaveLength(1);
    browser.stream.breaks(false);
    browser.stream.opens();
    browser.pass(GATHER_MS);
    expect(heard).toHaveLength(1);
  });

  test('who is refused is asked who they are, each time', () => {
    tab();
    browser.stream.opens();
    browser.stream.breaks(false);
    expect(browser.refusals).toBe(0);
    browser.stream.breaks(true);
    expect(browser.refusals).toBe(1);
    browser.pass(REOPEN_MS[0]);
    browser.stream.breaks(true);
    expect(browser.refusals).toBe(2);
  });

  test('a reset makes every page look at everything', () => {
    const { heard } = tab({}, ['source']);
    browser.stream.resets();
    browser.pass(GATHER_MS);
    expect(heard[0]?.ids('source')).toBe('many');
  });

  test.each(['openStream', 'openChannel', 'lead'] as const)(
    'without %s pages are polled',
    (lack) => {
      const { hub, heard } = tab({ [lack]: null });
      expect(hub.state).toBe('polling');
      browser.pass(POLL_MS * 2);
      expect(heard).toHaveLength(2);
      expect(heard[0]?.ids('build')).toBe('many');
    },
  );

  test('what cannot be read is passed over', () => {
    const { heard } = tab();
    browser.stream.babbles('not JSON');
    browser.stream.babbles('{"id": 1}');
    browser.pass(GATHER_MS);
    expect(heard).toHaveLength(0);
  });
});

describe('pausing', () => {
  test('keeps what happens and tells it on resuming', () => {
    const { hub, heard } = tab();
    browser.stream.opens();
    hub.pause();
    browser.stream.tells('build', 'a');
    browser.pass(GATHER_MS);
    expect(hub.state).toBe('paused');
    expect(heard).toHaveLength(0);

    hub.resume();
    expect(hub.state).toBe('live');
    expect(heard[0]?.has('build', 'a')).toBe(true);
  });

  test('of the leading tab does not silence the others', () => {
    const leader = tab();
    const other = tab();
    browser.stream.opens();
    leader.hub.pause();
    browser.stream.tells('build', 'a');
    browser.pass(GATHER_MS);
    expect(other.heard).toHaveLength(1);
    expect(other.hub.state).toBe('live');
  });

  test('ends with signing out, and no timer is left', () => {
    const { hub } = tab({}, ['build'], HANDLER_MS);
    browser.stream.opens();
    browser.stream.tells('build', 'a');
    browser.pass(GATHER_MS);
    browser.stream.tells('build', 'b');
    browser.pass(GATHER_MS);
    hub.stop();
    expect(hub.state).toBe('off');
    expect(browser.timers.size).toBe(0);
    expect(browser.stream.closed).toBe(true);
  });
});
