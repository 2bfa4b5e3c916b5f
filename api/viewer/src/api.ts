// The one place that speaks to the server. Everything goes to the server that the
// page came from.

import type { City, Entity, History, Link, Problem, Related, Result } from './wire.ts';

/** The server's root, with a slash at the end: the page's assets lie one folder below it. */
export const root = new URL(/* @vite-ignore */ '../', import.meta.url).href;

/** What went wrong with a request, for people: the server's own words where it has any. */
export class RequestError extends Error {
  constructor(
    readonly kind: 'offline' | 'refused' | 'broken',
    readonly problem: Problem | null,
    readonly url: string,
  ) {
    super(problem ? (problem.detail ?? problem.title) : kind);
  }

  /** The last part of the problem's type, such as `never-issued`. */
  get reason(): string {
    return this.problem?.type.split('/').pop() ?? '';
  }
}

export interface Moment {
  datetime: string | null;
  knownAt: string | null;
  lang: string;
}

const KEY = 'chengma-key';

export class Api {
  /** Called with the revision of each answer that was not asked for at a fixed one. */
  onRevision: (revision: number) => void = () => {};

  get key(): string {
    try {
      return sessionStorage.getItem(KEY) ?? '';
    } catch {
      return '';
    }
  }

  set key(value: string) {
    try {
      if (value) sessionStorage.setItem(KEY, value);
      else sessionStorage.removeItem(KEY);
    } catch {
      // A browser that keeps nothing: the key is then not kept either.
    }
  }

  headers(): Record<string, string> {
    return this.key ? { Authorization: `Bearer ${this.key}` } : {};
  }

  url(path: string, moment: Moment | null, more: Record<string, string> = {}): string {
    const q = new URLSearchParams(more);
    if (moment?.datetime) q.set('datetime', moment.datetime);
    if (moment?.knownAt) q.set('known-at', moment.knownAt);
    if (moment?.lang) q.set('lang', moment.lang);
    const query = q.toString();
    return `${root}${path}${query && `?${query}`}`;
  }

  async get<T>(url: string, signal?: AbortSignal): Promise<T> {
    let response: Response;
    try {
      response = await fetch(url, { headers: { Accept: 'application/json', ...this.headers() }, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new RequestError('offline', null, url);
    }
    const revision = Number(response.headers.get('City-Revision'));
    if (revision && !url.includes('known-at=')) this.onRevision(revision);
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      throw new RequestError(response.status < 500 ? 'refused' : 'broken', isProblem(body) ? body : null, url);
    }
    if (body === null) throw new RequestError('broken', null, url);
    return body as T;
  }

  city(knownAt: string | null): Promise<City> {
    return this.get<City>(this.url('layers.json', { datetime: null, knownAt, lang: '' }));
  }

  entityURL(ref: string, at: Moment): string {
    return this.url(`entities/${encodeURIComponent(ref)}`, at);
  }

  entity(ref: string, at: Moment, signal?: AbortSignal): Promise<Entity> {
    return this.get<Entity>(this.entityURL(ref, at), signal);
  }

  history(ref: string, at: Moment, signal?: AbortSignal): Promise<History> {
    return this.get<History>(this.url(`entities/${encodeURIComponent(ref)}/history`, { ...at, datetime: null }, { geometry: 'false', limit: '200' }), signal);
  }

  search(text: string, at: Moment, signal?: AbortSignal): Promise<{ results: Result[] }> {
    return this.get(this.url('search', at, { q: text, limit: '12' }), signal);
  }

  /** Links of one group, page by page, up to `most`. */
  async related(ref: string, group: { role: string; kind: string; direction: string }, at: Moment, most: number): Promise<Link[]> {
    let url: string | undefined = this.url(`entities/${encodeURIComponent(ref)}/related`, at, { ...group, limit: String(Math.min(most, 1000)) });
    const links: Link[] = [];
    while (url && links.length < most) {
      const page: Related = await this.get<Related>(url);
      links.push(...page.links);
      const next: string | undefined = page.resources.find((r) => r.rel === 'next')?.href;
      // The server may be known by several names; the page speaks to the one it came from.
      url = next === undefined ? undefined : this.url(`entities/${encodeURIComponent(ref)}/related`, null) + new URL(next).search;
    }
    return links.slice(0, most);
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'type' in body && 'title' in body;
}
