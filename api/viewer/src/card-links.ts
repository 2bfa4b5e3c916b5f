// What a thing is linked to: the land it stands on, its units, the enterprises in
// it. One section for each role and kind, with as many as there are on request.

import type { Context } from './context.ts';
import type { Entity, Link } from './wire.ts';
import type { Moment } from './api.ts';
import { csv } from './csv.ts';
import { h, iconButton, saveFile } from './dom.ts';
import { formatInterval, formatNumber, say } from './format.ts';
import { notify } from './notice.ts';

/** A list that is asked for in full stops here. */
const MOST = 20_000;

interface Group {
  direction: 'in' | 'out';
  role: string;
  kind: string;
  links: Link[];
  count: number;
}

/** Kinds in the order in which people look for them. */
const order = ['land', 'building', 'address', 'housing', 'enterprise', 'district', 'thing', 'asset', 'event', 'right', 'person', 'household', 'vehicle'];

export function groupLinks(links: readonly Link[], counts: Readonly<Record<string, number>>): Group[] {
  const groups = new Map<string, Group>();
  for (const link of links) {
    const key = `${link.direction}:${link.role}:${link.kind}`;
    const group = groups.get(key) ?? { direction: link.direction, role: link.role, kind: link.kind, links: [], count: 0 };
    group.links.push(link);
    group.count = Math.max(counts[key] ?? 0, group.links.length);
    groups.set(key, group);
  }
  const rank = (g: Group) => (g.direction === 'out' ? 0 : 100) + order.indexOf(g.kind);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || a.role.localeCompare(b.role));
}

export function linkSections(context: Context, entity: Entity, moment: Moment, open: (code: string) => void): HTMLElement[] {
  return groupLinks(entity.links, entity.linkCounts).map((group) => section(context, entity, group, moment, open));
}

function section(context: Context, entity: Entity, group: Group, moment: Moment, open: (code: string) => void): HTMLElement {
  const { lang } = context;
  const [first] = group.links;
  const title = first ? say(first.title, lang) : group.role;
  const list = h('ul', { class: 'plain links' }, group.links.map((l) => item(context, l, open)));
  const all = () => context.api.related(entity.code, { role: group.role, kind: group.kind, direction: group.direction }, moment, MOST);
  const download = async () => {
    try {
      saveFile(`${entity.code}-${group.role}-${group.kind}.csv`, linksCSV(await all()));
    } catch {
      notify({ id: 'download', text: context.t('offline'), close: context.t('close') });
    }
  };
  const box = h(
    'section', { class: 'group', 'data-role': group.role, 'data-kind': group.kind },
    h('h3', null, title, h('span', { class: 'count' }, formatNumber(group.count, lang)), group.count > 1 && iconButton('download', context.t('download'), () => void download())),
    list,
  );
  if (group.count > group.links.length) {
    let shown = group.links.length;
    const more = h('button', { type: 'button', class: 'more', click: () => void next() }, `${context.t('more')} (${context.t('allOf', { n: formatNumber(group.count, lang) })})`);
    const next = async () => {
      more.disabled = true;
      shown += 50;
      try {
        const links = await context.api.related(entity.code, { role: group.role, kind: group.kind, direction: group.direction }, moment, shown);
        list.replaceChildren(...links.map((l) => item(context, l, open)));
        if (links.length < shown || links.length >= group.count) more.remove();
      } catch {
        notify({ id: 'more', text: context.t('offline'), close: context.t('close') });
      }
      more.disabled = false;
    };
    box.append(more);
  }
  return box;
}

function item(context: Context, link: Link, open: (code: string) => void): HTMLElement {
  const { lang, zone } = context;
  const official = link.official?.value;
  const second = [
    official && official !== link.thing ? official : link.display,
    link.share ? context.t('share', { share: link.share }) : '',
    link.from || link.to ? formatInterval(link.from, link.to, lang, zone) : '',
  ].filter(Boolean);
  return h(
    'li', null,
    h('button', { type: 'button', class: 'link', 'data-code': link.code, click: () => open(link.code) },
      h('span', { class: `kind kind-${link.kind}` }, say(link.kindTitle, lang)), link.thing || link.display),
    h('small', null, second.join(' · ')),
  );
}

export function linksCSV(links: readonly Link[]): string {
  const header = ['code', 'kind', 'title', 'scheme', 'official', 'role', 'direction', 'from', 'to', 'share'];
  return csv(header, links.map((l) => [l.code, l.kind, l.thing, l.official?.scheme, l.official?.value, l.role, l.direction, l.from, l.to, l.share]));
}
