import { describe, expect, test } from 'vitest';
import { shapeOf, toldBuild } from './sentence';

describe('the sentence under a failing test', () => {
  test('leads to the build it names, and to no other whose number begins alike', () => {
    const text = 'Also failing on main since #81, not #812: not caused here';
    expect(toldBuild({ kind: 'also_on_default', text, build_id: 'b', number: 812 })).toEqual({
      ...{ id: 'b', name: '#812' },
      ...{ before: 'Also failing on main since #81, not ', after: ': not caused here' },
    });
    expect(toldBuild({ kind: 'broken_since', text, build_id: 'b', number: 81 })?.before).toBe(
      'Also failing on main since ',
    );
  });
  test('is left whole where it names none', () => {
    const text = 'Known flaky: failed 4/20 in 14 days';
    expect(toldBuild({ kind: 'known_flaky', text, build_id: null, number: null })).toBeNull();
    expect(toldBuild({ kind: 'known_flaky', text, build_id: 'b', number: 9 })).toBeNull();
  });
  test('has a shape of its own, also for a kind of a newer server', () => {
    expect(shapeOf('known_flaky')).toBe('flaky');
    expect(shapeOf('something_else')).toBe('queued');
  });
});
