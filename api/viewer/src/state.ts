// The whole state of the page, and how it stands in the address: a link shows
// another person the same city.

import { isTime } from './time.ts';

export type Lang = 'zh' | 'en';
export type Scheme = 'auto' | 'light' | 'dark';
export type Theme = 'use' | 'height';

export interface View {
  zoom: number;
  lat: number;
  lng: number;
  bearing: number;
  pitch: number;
}

export interface State {
  /** null: where the city is. */
  view: View | null;
  /** null: by use where the city knows uses, else by height. */
  theme: Theme | null;
  scheme: Scheme;
  /** Valid time: a local day or an instant; null is now. */
  datetime: string | null;
  /** Recorded time: a revision or an instant; null is the newest revision. */
  knownAt: string | null;
  /** What the card shows: a city code or an alias. */
  code: string | null;
  /** null: the reader's. */
  lang: Lang | null;
  /** Layers that are switched off. */
  off: readonly string[];
}

export const initial: State = { view: null, theme: null, scheme: 'auto', datetime: null, knownAt: null, code: null, lang: null, off: [] };

function oneOf<T extends string>(value: string | null, values: readonly T[]): T | null {
  return values.find((v) => v === value) ?? null;
}

function parseView(text: string | null): View | null {
  const n = (text ?? '').split('/').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (n.length < 3 || n.some((v) => !Number.isFinite(v))) return null;
  const [zoom = 0, lat = 0, lng = 0, bearing = 0, pitch = 0] = n;
  if (zoom < 0 || zoom > 24 || Math.abs(lat) > 90 || Math.abs(lng) > 180) return null;
  return { zoom, lat, lng, bearing, pitch: Math.min(Math.max(pitch, 0), 85) };
}

/** Whether a text can be `known-at`: a revision or an instant. */
export function isKnownAt(text: string): boolean {
  return /^[1-9]\d{0,15}$/.test(text) || isTime(text);
}

/** Reads the state from the query of an address. What is not understood counts as not given. */
export function parseState(query: string): State {
  const q = new URLSearchParams(query);
  const datetime = q.get('datetime');
  const knownAt = q.get('known-at');
  return {
    view: parseView(q.get('view')),
    theme: oneOf<Theme>(q.get('theme'), ['use', 'height']),
    scheme: oneOf<Scheme>(q.get('scheme'), ['light', 'dark']) ?? initial.scheme,
    datetime: datetime !== null && isTime(datetime) ? datetime : null,
    knownAt: knownAt !== null && isKnownAt(knownAt) ? knownAt : null,
    code: q.get('code')?.trim() || null,
    lang: oneOf<Lang>(q.get('lang'), ['zh', 'en']),
    off: (q.get('off') ?? '').split(',').filter((id) => /^[a-z][a-z0-9-]*$/.test(id)),
  };
}

/** The query of an address for a state, with its question mark, or nothing. Only what differs from the default stands in it. */
export function formatState(s: State): string {
  const q: string[] = [];
  const add = (name: string, value: string | null) => {
    // Slashes, colons and commas are legal in a query and read better than escapes.
    if (value) q.push(`${name}=${encodeURIComponent(value).replace(/%2F/g, '/').replace(/%3A/g, ':').replace(/%2C/g, ',')}`);
  };
  add('code', s.code);
  add('datetime', s.datetime);
  add('known-at', s.knownAt);
  add('theme', s.theme);
  add('scheme', s.scheme === 'auto' ? null : s.scheme);
  add('lang', s.lang);
  add('off', [...s.off].sort().join(','));
  if (s.view) {
    const { zoom, lat, lng, bearing, pitch } = s.view;
    const digits = Math.max(3, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360)) / Math.LN10));
    const parts = [zoom.toFixed(2), lat.toFixed(digits), lng.toFixed(digits), bearing.toFixed(1), pitch.toFixed(0)].map((n) => String(Number(n)));
    while (parts.length > 3 && parts[parts.length - 1] === '0') parts.pop();
    add('view', parts.join('/'));
  }
  return q.length ? `?${q.join('&')}` : '';
}

export type Change = Partial<State>;
type Listener = (state: State, before: State) => void;

/** Holds the state and tells those who listen what it was and is. */
export class Store {
  #listeners: Listener[] = [];

  constructor(public state: State) {}

  set(change: Change): void {
    const before = this.state;
    const after = { ...before, ...change };
    if (formatState(before) === formatState(after)) return;
    this.state = after;
    for (const listener of this.#listeners) listener(after, before);
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }
}
