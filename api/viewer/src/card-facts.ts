// What is recorded about a thing: its attributes in the reader's language with
// their units, how many live there, its other codes, and where all that comes from.

import type { Context } from './context.ts';
import type { Entity } from './wire.ts';
import { copyText, h, iconButton } from './dom.ts';
import { formatInstant, formatInterval, formatNumber, formatValue, say } from './format.ts';
import { notify } from './notice.ts';

export function factsSection(context: Context, entity: Entity): HTMLElement {
  const { lang, zone } = context;
  const rows: HTMLElement[] = [];
  for (const [name, value] of inOrder(entity.properties)) {
    const label = entity.labels[name];
    if (isObject(value)) {
      for (const [inner, text] of Object.entries(value)) rows.push(...row(inner, formatValue(inner, text, undefined, lang, zone), name));
      continue;
    }
    rows.push(...row(label ? say(label.title, lang) : name, formatValue(name, value, label, lang, zone), name));
  }
  return h('section', { class: 'facts' }, h('h3', null, context.t('facts')), rows.length ? h('dl', null, rows) : h('p', { class: 'quiet' }, context.t('noFacts')));
}

/** What people look for comes first; the rest stays in the order of the answer. */
const first = [
  'name', 'short_name', 'full_address', 'place_name', 'unit', 'use', 'land_use', 'state', 'status', 'height', 'floors_above', 'floors_below', 'year_built', 'completed_on',
  'structure', 'nominal_floor', 'layout', 'building_area', 'area', 'floor_area', 'footprint_area', 'type', 'industry', 'level',
];

export function inOrder(properties: Readonly<Record<string, unknown>>): [string, unknown][] {
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.entries(properties).sort(([a], [b]) => rank(a) - rank(b));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function row(title: string, value: string | null, field: string): HTMLElement[] {
  return value === null ? [] : [h('div', { 'data-field': field }, h('dt', null, title), h('dd', null, value))];
}

/** The disclosed number of people, never more exact than the server gives it. */
export function residentsRow(context: Context, entity: Entity): HTMLElement | null {
  const r = entity.residents;
  if (!r) return null;
  const at = r.at ? formatInstant(r.at, context.lang, context.zone) : '';
  const text =
    r.suppressed || r.count === null
      ? context.t('residentsFew', { k: r.k }) + (at && ` (${context.t('asOf', { at })})`)
      : context.t('residentsCount', { n: formatNumber(r.count, context.lang), at: context.t('asOf', { at }) });
  return h('dl', { class: 'residents' }, h('div', null, h('dt', null, context.t('residents')), h('dd', null, text)));
}

/** Every alias but the official one, with the time it is good for. */
export function codesSection(context: Context, entity: Entity): HTMLElement | null {
  const { lang, zone } = context;
  const others = entity.aliases.filter((a) => a.scheme !== entity.official?.scheme || a.value !== entity.official?.value);
  if (others.length === 0) return null;
  return h(
    'section', null, h('h3', null, context.t('otherCodes')),
    h('ul', { class: 'plain codes' }, others.map((a) => {
      const value = a.value ?? a.mask ?? '';
      const copy = () => void copyText(value).then((done) => done && notify({ id: 'copied', text: `${context.t('copied')} ${value}`, brief: true }));
      return h(
        'li', null, h('span', { class: 'scheme' }, say(a.title, lang)), h('span', { class: 'value' }, h('code', null, value), a.value ? iconButton('copy', `${context.t('copy')} ${value}`, copy) : null),
        a.from || a.to ? h('small', null, formatInterval(a.from, a.to, lang, zone)) : null,
      );
    })),
  );
}

/** Source, document and revision in one line. */
export function originLine(context: Context, entity: Entity): HTMLElement | null {
  const { lang, zone } = context;
  const parts: string[] = [];
  const { origin, valid, recorded } = entity;
  if (valid) parts.push(`${context.t('valid')} ${formatInterval(valid.from, valid.to, lang, zone)}`);
  if (origin?.source) parts.push(`${context.t('source')} ${origin.source}`);
  if (origin?.collected) parts.push(`${context.t('collected')} ${formatInstant(origin.collected, lang, zone)}`);
  if (origin?.document) parts.push(`${context.t('document')} ${origin.document}`);
  if (recorded) {
    const when = recorded.fromTime ? `, ${formatInstant(recorded.fromTime, lang, zone)}` : '';
    parts.push(`${context.t('recordedIn')} ${context.t('revision', { n: recorded.from })}${when}`);
  }
  return parts.length ? h('p', { class: 'origin' }, parts.join(' · ')) : null;
}
