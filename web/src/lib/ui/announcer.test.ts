import { expect, test } from 'vitest';
import { Announcer, QUIET_MS, WAITING_MAX } from './announcer';

function setUp() {
  const timers = { time: 0, due: [] as { at: number; run: () => void }[] };
  const said: string[] = [];
  const announcer = new Announcer(
    {
      now: () => timers.time,
      after: (run, ms) => timers.due.push({ at: timers.time + ms, run }),
    },
    (text) => said.push(text),
  );
  const pass = (ms: number) => {
    timers.time += ms;
    const due = timers.due.filter(({ at }) => at <= timers.time);
    timers.due = timers.due.filter(({ at }) => at > timers.time);
    for (const { run } of due) run();
  };
  return { announcer, said, pass };
}

test('the first message is said at once, the next after five quiet seconds', () => {
  const { announcer, said, pass } = setUp();
  announcer.announce('one');
  announcer.announce('two');
  expect(said).toEqual(['one']);
  pass(QUIET_MS - 1);
  expect(said).toEqual(['one']);
  pass(1);
  expect(said).toEqual(['one', 'two']);
});

test('of a flood only the newest are kept, each once', () => {
  const { announcer, said, pass } = setUp();
  announcer.announce('first');
  for (let n = 0; n < 50; n += 1) announcer.announce(`m${n}`);
  announcer.announce('m49');
  for (let n = 0; n < 10; n += 1) pass(QUIET_MS);
  expect(said).toEqual(['first', 'm47', 'm48', 'm49']);
  expect(said).toHaveLength(1 + WAITING_MAX);
});

test('the same once more is said once more', () => {
  const { announcer, said, pass } = setUp();
  for (let n = 0; n < 3; n += 1) {
    announcer.announce('copied');
    pass(QUIET_MS);
  }
  expect(said.map((text) => text.trim())).toEqual(['copied', 'copied', 'copied']);
  expect(said[1]).not.toBe(said[0]);
  expect(said[2]).not.toBe(said[1]);
});
