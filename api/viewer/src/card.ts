// The card of one thing: loading it, its head, and what stands where it cannot be
// shown. What is in it are card-facts, card-links and card-history.

import type { Context } from './context.ts';
import type { Entity, Link, Problem } from './wire.ts';
import { RequestError, type Moment } from './api.ts';
import { codesSection, factsSection, originLine, residentsRow } from './card-facts.ts';
import { HistorySection } from './card-history.ts';
import { linkSections } from './card-links.ts';
import { byId, copyText, h, icon, iconButton } from './dom.ts';
import { formatInstant, say } from './format.ts';
import { notify } from './notice.ts';
import { asDay } from './time.ts';

/** How many links of one group the card shows before somebody asks for more. */
const LINKS = 8;

export interface CardHandlers {
  /** A thing was read, or the card was closed. */
  shown(entity: Entity | null): void;
  open(code: string): void;
}

export class Card {
  readonly #root = byId('card');
  #body: HTMLElement | null = null;
  #request: AbortController | null = null;
  /** Which request the card shows, so that nothing is read twice. */
  #url = '';

  constructor(
    readonly context: Context,
    readonly handlers: CardHandlers,
  ) {}

  /** Shows what the state asks for. */
  async update(force = false): Promise<void> {
    const { context } = this;
    const { code } = context.state;
    if (code === null) {
      this.#close();
      return;
    }
    const moment = context.moment;
    const url = context.api.entityURL(code, moment);
    if (url === this.#url && !force) return;
    const another = !this.#url.includes(`/${encodeURIComponent(code)}?`);
    this.#url = url;
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    if (another) this.#frame(h('p', { class: 'quiet loading' }, context.t('opening')));
    this.#root.setAttribute('aria-busy', 'true');
    try {
      const entity = await context.api.get<Entity>(`${url}&limit=${LINKS}`, request.signal);
      if (request.signal.aborted) return;
      this.#show(entity, moment, another);
      this.handlers.shown(entity);
    } catch (error) {
      if (request.signal.aborted) return;
      this.#fail(code, error);
      this.handlers.shown(null);
    } finally {
      if (!request.signal.aborted) this.#root.removeAttribute('aria-busy');
    }
  }

  #close(): void {
    this.#request?.abort();
    if (this.#url === '' && this.#root.hidden) return;
    this.#url = '';
    this.#root.hidden = true;
    this.#root.replaceChildren();
    this.handlers.shown(null);
  }

  close = (): void => this.context.store.set({ code: null });

  /** A handle for phones, a way to close it, and the contents. */
  #frame(...children: (HTMLElement | null)[]): void {
    const grip = h('button', { type: 'button', class: 'grip', 'aria-label': '↕', click: () => this.#root.classList.toggle('tall') });
    const close = iconButton('close', this.context.t('close'), this.close, { class: 'icon closer' });
    this.#body = h('div', { class: 'body' }, children);
    this.#root.replaceChildren(grip, close, this.#body);
    this.#root.hidden = false;
  }

  #show(entity: Entity, moment: Moment, another: boolean): void {
    const { context } = this;
    const scroll = another ? 0 : (this.#body?.scrollTop ?? 0);
    const history = new HistorySection(context, entity, moment);
    const open = (code: string) => this.handlers.open(code);
    this.#frame(
      this.#head(entity),
      this.#notThere(entity),
      this.#stateNote(entity, open),
      residentsRow(context, entity),
      factsSection(context, entity),
      ...linkSections(context, entity, moment, open),
      history.element,
      codesSection(context, entity),
      this.#foot(entity, moment),
    );
    if (this.#body) this.#body.scrollTop = scroll;
    this.#root.dataset['code'] = entity.code;
    if (another) this.#root.classList.remove('tall');
    void history.load(this.#request?.signal);
  }

  #head(entity: Entity): HTMLElement {
    const { lang } = this.context;
    const official = entity.official;
    const value = official?.value ?? official?.mask;
    return h(
      'header', null,
      h('p', { class: 'what' },
        h('span', { class: `kind kind-${entity.kind}` }, say(entity.kindTitle, lang)),
        entity.classTitle && entity.class !== entity.kind && h('span', null, say(entity.classTitle, lang)),
        entity.state !== 'active' && h('span', { class: 'state' }, this.context.t(entity.state))),
      official && value ? this.#codeLine(say(official.title, lang), value, 'official') : null,
      h('h2', null, entity.title),
      this.#codeLine(this.context.t('code'), entity.display, 'code'),
    );
  }

  #codeLine(title: string, value: string, name: string): HTMLElement {
    const { context } = this;
    const copy = () => void copyText(value).then((done) => done && notify({ id: 'copied', text: `${context.t('copied')} ${value}`, brief: true }));
    return h('p', { class: `codeline ${name}` }, h('span', { class: 'scheme' }, title), h('span', { class: 'value' }, h('code', null, value), iconButton('copy', `${context.t('copy')} ${value}`, copy)));
  }

  /** The thing is not there at the time of the page: when it was, and the way there. */
  #notThere(entity: Entity): HTMLElement | null {
    const { context } = this;
    if (entity.holds !== false || !entity.valid) return null;
    const { from, to } = entity.valid;
    const later = from !== null && Date.parse(from) > Date.parse(entity.datetime);
    const text = later && from
      ? context.t('notYet', { at: formatInstant(from, context.lang, context.zone) })
      : to ? context.t('noLonger', { at: formatInstant(to, context.lang, context.zone) }) : '';
    const then = later ? from : to && new Date(Date.parse(to) - 1000).toISOString();
    const go = () => context.store.set({ datetime: then ? asDay(then, context.zone, Date.now()) : null });
    return h('div', { class: 'note' }, h('strong', null, context.t('notThenTitle')), h('span', null, text), then && h('button', { type: 'button', click: go }, context.t('seeThen')));
  }

  #stateNote(entity: Entity, open: (code: string) => void): HTMLElement | null {
    const { context } = this;
    const same = typeof entity.sameAs === 'string' ? { code: entity.sameAs, display: entity.sameAs } : entity.sameAs;
    if (entity.successors.length === 0 && !same && !entity.reason) return null;
    const link = (code: string, text: string) => h('button', { type: 'button', class: 'link', click: () => open(code) }, text);
    return h(
      'div', { class: 'note' }, entity.reason && h('span', null, entity.reason),
      same && h('span', null, `${context.t('sameAs')}: `, link(same.code, same.display)),
      entity.successors.length > 0 && h('span', null, `${context.t('successors')}: `, ...entity.successors.map((s: Link) => link(s.code, s.thing || s.display))),
    );
  }

  #foot(entity: Entity, moment: Moment): HTMLElement {
    const { context } = this;
    return h(
      'footer', null, originLine(context, entity),
      h('a', { class: 'api', href: context.api.entityURL(entity.code, moment), target: '_blank', rel: 'noopener' }, icon('api'), context.t('apiCall')),
    );
  }

  #fail(code: string, error: unknown): void {
    const { context } = this;
    const problem: Problem | null = error instanceof RequestError ? error.problem : null;
    const candidates = (problem?.candidates ?? []).map((c) =>
      h('li', null, h('button', { type: 'button', class: 'link', click: () => this.handlers.open(c.code) }, c.title || c.display), h('small', null, c.display)),
    );
    const text = problem ? (problem.detail ?? '') : context.t(error instanceof RequestError && error.kind === 'broken' ? 'broken' : 'offline');
    this.#frame(
      h('header', null, h('h2', null, problem?.title ?? context.t('unknownCode', { code }))),
      h('div', { class: 'note problem' }, h('span', null, text), candidates.length > 0 && h('ul', { class: 'plain' }, candidates),
        !problem && h('button', { type: 'button', click: () => void this.update(true) }, context.t('retry'))),
    );
  }
}
