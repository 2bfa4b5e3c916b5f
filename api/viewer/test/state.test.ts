import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatState, initial, isKnownAt, parseState, Store, type State } from '../src/state.ts';

const full: State = {
  view: { zoom: 15.25, lat: 22.5431, lng: 114.0596, bearing: -18, pitch: 50 },
  theme: 'height', scheme: 'dark', datetime: '2014-06-01', knownAt: '42', code: 'B00003NQK8NP', lang: 'zh', off: ['address', 'thing'],
};

test('a state comes back from its address', () => {
  assert.deepEqual(parseState(formatState(full)), full);
  assert.deepEqual(parseState(formatState(initial)), initial);
});

test('the address is readable and says only what differs', () => {
  assert.equal(formatState(initial), '');
  assert.equal(formatState(full), '?code=B00003NQK8NP&datetime=2014-06-01&known-at=42&theme=height&scheme=dark&lang=zh&off=address,thing&view=15.25/22.5431/114.0596/-18/50');
  assert.equal(formatState({ ...initial, code: 'bdc:440304001002GB00015' }), '?code=bdc:440304001002GB00015');
});

test('a map that looks straight down has a short address', () => {
  assert.equal(formatState({ ...initial, view: { zoom: 12, lat: 1.5, lng: 2.5, bearing: 0, pitch: 0 } }), '?view=12/1.5/2.5');
});

test('the place in the address is exact to less than a pixel', () => {
  for (const zoom of [2, 9, 14.5, 21]) {
    const view = { zoom, lat: 22.543210987, lng: 114.059612345, bearing: 0, pitch: 0 };
    const back = parseState(formatState({ ...initial, view })).view;
    const pixel = 360 / (512 * 2 ** zoom);
    assert.ok(back && Math.abs(back.lng - view.lng) <= pixel / 2 && Math.abs(back.lat - view.lat) <= pixel / 2, `zoom ${zoom}`);
  }
});

test('what is not understood counts as not given', () => {
  for (const query of ['?view=1/2', '?view=a/b/c', '?view=99/0/0', '?view=3/91/0', '?theme=blue', '?scheme=1', '?datetime=2023-02-30', '?known-at=-1', '?known-at=soon', '?lang=fr', '?off=%3Cb%3E', '?code=%20']) {
    assert.deepEqual(parseState(query), initial, query);
  }
});

test('known-at is a revision or a time', () => {
  assert.ok(isKnownAt('42') && isKnownAt('2025-03-01') && isKnownAt('2025-03-01T00:00:00Z'));
  assert.ok(!isKnownAt('0') && !isKnownAt('r42') && !isKnownAt(''));
});

test('listeners hear changes, and only changes', () => {
  const store = new Store(initial);
  const heard: [string | null, string | null][] = [];
  store.listen((after, before) => heard.push([before.code, after.code]));
  store.set({ code: 'A' });
  store.set({ code: 'A' });
  store.set({ code: null });
  assert.deepEqual(heard, [[null, 'A'], ['A', null]]);
});
