// The history of a thing: a band of its versions on valid time, and what changed in
// each. A click goes to the city of that time.

import type { Context } from './context.ts';
import type { Entity, History, Version } from './wire.ts';
import type { Moment } from './api.ts';
import { csv } from './csv.ts';
import { h, iconButton, saveFile } from './dom.ts';
import { formatInstant, formatInterval, formatValue, say } from './format.ts';
import { asDay, dayOf, scaleFrom } from './time.ts';

export class HistorySection {
  readonly element: HTMLElement;
  readonly #body = h('div', { class: 'quiet' });
  #superseded = false;
  #history: History | null = null;

  constructor(
    readonly context: Context,
    readonly entity: Entity,
    readonly moment: Moment,
  ) {
    const download = iconButton('download', context.t('download'), () => this.#download());
    this.element = h('section', { class: 'history' }, h('h3', null, context.t('history'), download), this.#body);
  }

  async load(signal?: AbortSignal): Promise<void> {
    try {
      this.#history = await this.context.api.history(this.entity.code, this.moment, signal);
      this.#show();
    } catch {
      if (!signal?.aborted) this.#body.textContent = this.context.t('offline');
    }
  }

  #show(): void {
    const { context } = this;
    const all = this.#history?.versions ?? [];
    const versions = all.filter((v) => this.#superseded || v.current);
    const replaced = all.some((v) => !v.current);
    const toggle = h('input', { type: 'checkbox', checked: this.#superseded, change: () => { this.#superseded = !this.#superseded; this.#show(); } });
    this.#body.className = '';
    this.#body.replaceChildren(
      this.#band(versions.filter((v) => v.current)),
      ...(versions.length <= 1 ? [h('p', { class: 'quiet' }, context.t('historyOne'))] : []),
      h('ol', { class: 'versions' }, versions.map((v) => this.#item(v, v === versions.find((first) => first.current)))),
      ...(replaced ? [h('label', { class: 'check' }, toggle, context.t('showSuperseded'))] : []),
    );
  }

  /** Versions side by side on the city's span of time, with the page's own time as a line. */
  #band(versions: readonly Version[]): HTMLElement {
    const { context } = this;
    const time = context.city?.time;
    const today = dayOf(Date.now(), context.zone);
    const start = Date.parse(scaleFrom(dayOf(time?.from ?? versions[0]?.valid.from ?? Date.now(), context.zone), today));
    const end = Math.max(Date.parse(time?.to ?? ''), Date.now()) || Date.now();
    const at = (ms: number) => Math.min(Math.max(((ms - start) / Math.max(1, end - start)) * 100, 0), 100);
    const bars = versions.map((v) => {
      const left = v.valid.from === null ? 0 : at(Date.parse(v.valid.from));
      const right = v.valid.to === null ? 100 : at(Date.parse(v.valid.to));
      const title = formatInterval(v.valid.from, v.valid.to, context.lang, context.zone);
      return h('button', {
        type: 'button', title, 'aria-label': title, style: `left:${left.toFixed(2)}%;width:${Math.max(right - left, 0.8).toFixed(2)}%`,
        'aria-current': this.#holds(v) ? 'time' : null, click: () => this.#go(v),
      });
    });
    const now = at(Date.parse(this.entity.datetime));
    return h('div', { class: 'band' }, ...bars, h('i', { style: `left:${now.toFixed(2)}%` }));
  }

  #holds(v: Version): boolean {
    const at = Date.parse(this.entity.datetime);
    return v.current && (v.valid.from === null || Date.parse(v.valid.from) <= at) && (v.valid.to === null || at < Date.parse(v.valid.to));
  }

  #go(v: Version): void {
    const { context } = this;
    if (v.valid.to === null && v.valid.from !== null && Date.parse(v.valid.from) > Date.now()) context.store.set({ datetime: dayOf(v.valid.from, context.zone) });
    else if (v.valid.from !== null) context.store.set({ datetime: asDay(firstWholeDay(v.valid.from, context.zone), context.zone, Date.now()) });
    else if (v.valid.to !== null) context.store.set({ datetime: dayOf(Date.parse(v.valid.to) - 1, context.zone) });
    else context.store.set({ datetime: null });
  }

  #item(v: Version, first: boolean): HTMLElement {
    const { context } = this;
    const { lang, zone } = context;
    const names = v.changed.map((name) => this.#name(name));
    const values = v.changed
      .filter((name) => !(v.properties[name] === undefined || typeof v.properties[name] === 'object'))
      .slice(0, 4)
      .map((name) => `${this.#name(name)} ${formatValue(name, v.properties[name], this.#label(name, v), lang, zone) ?? ''}`);
    const rest = names.length - values.length;
    const changed = values.length ? values.join(lang === 'zh' ? '；' : '; ') + (rest > 0 ? ` +${rest}` : '') : names.join(lang === 'zh' ? '、' : ', ');
    const notes = [
      v.cause === 'correction' ? context.t('correction') : '',
      v.origin?.source ?? '',
      context.t('revision', { n: v.recorded.from }),
      v.recorded.to !== null ? context.t('superseded', { n: v.recorded.to }) : '',
    ].filter(Boolean);
    return h(
      'li', { class: v.current ? '' : 'replaced', 'aria-current': this.#holds(v) ? 'time' : null },
      h('button', { type: 'button', class: 'link', title: context.t('goThere'), click: () => this.#go(v) }, v.valid.from ? formatInstant(v.valid.from, lang, zone) : formatInterval(null, v.valid.to, lang, zone)),
      h('span', null, changed || (first ? this.context.t('began') : v.title)),
      h('small', null, notes.join(' · ')),
    );
  }

  /** The label of a field, with the title of the value that this version has where that is the one shown on the card. */
  #label(name: string, v: Version) {
    const known = this.entity.labels[name];
    if (known && this.entity.properties[name] === v.properties[name]) return known;
    const field = this.context.city?.layers.find((l) => l.kind === this.entity.kind)?.fields[name];
    const value = field?.values?.[String(v.properties[name])];
    const label = this.#history?.labels[name] ?? known;
    if (!label) return undefined;
    return { title: label.title, unit: label.unit ?? null, ...(value ? { value } : {}) };
  }

  #name(name: string): string {
    if (name === 'geometry') return this.context.t('shape');
    if (name === 'class') return this.context.t('klass');
    const label = this.#history?.labels[name] ?? this.entity.labels[name];
    return label ? say(label.title, this.context.lang) : name;
  }

  #download(): void {
    const versions = this.#history?.versions ?? [];
    const fields = [...new Set(versions.flatMap((v) => Object.keys(v.properties)))].sort();
    const header = ['valid_from', 'valid_to', 'revision', 'replaced_by', 'cause', 'source', 'class', ...fields];
    const rows = versions.map((v) => [
      v.valid.from, v.valid.to, v.recorded.from, v.recorded.to, v.cause, v.origin?.source, v.class,
      ...fields.map((f) => { const x = v.properties[f]; return typeof x === 'object' && x !== null ? JSON.stringify(x) : (x as string | number | boolean | null | undefined); }),
    ]);
    saveFile(`${this.entity.code}-history.csv`, csv(header, rows));
  }
}

/** The first local day that begins in a version: the day of its beginning, or the next where it begins later in the day. */
function firstWholeDay(instant: string, zone: string): string {
  const day = dayOf(instant, zone);
  return Date.parse(instant) % 60_000 === 0 && dayOf(Date.parse(instant) - 1, zone) !== day ? day : dayOf(Date.parse(instant) + 86_400_000, zone);
}
