import { describe, expect, test } from 'vitest';
import { keepSnoozed, readSnoozed, SNOOZE_KEY, type Store } from './snooze';

function memory(text: string | null = null): Store & { text: string | null } {
  return {
    text,
    getItem: (key) => (key === SNOOZE_KEY ? text : null),
    setItem: (_, value) => void (text = value),
    removeItem: () => void (text = null),
  };
}

describe('what is snoozed', () => {
  test('is remembered until its time has come', () => {
    const store = memory();
    keepSnoozed(store, new Map([['broken shop-ci', 2_000]]));
    expect([...readSnoozed(store, 1_999)]).toEqual([['broken shop-ci', 2_000]]);
    expect([...readSnoozed(store, 2_000)]).toEqual([]);
  });
  test('is bounded, and the newest stay', () => {
    const store = memory();
    keepSnoozed(store, new Map(Array.from({ length: 300 }, (_, at) => [`item ${at}`, 9_000])));
    const kept = readSnoozed(store, 0);
    expect(kept.size).toBe(200);
    expect(kept.has('item 299')).toBe(true);
  });
  test('is nothing when the store holds something else or is forbidden', () => {
    expect(readSnoozed(memory('{"a":1}'), 0).size).toBe(0);
    expect(readSnoozed(memory('not json'), 0).size).toBe(0);
    expect(readSnoozed(memory('[["a"], 5, ["b", 9]]'), 0).size).toBe(1);
    expect(readSnoozed(undefined, 0).size).toBe(0);
  });
});
