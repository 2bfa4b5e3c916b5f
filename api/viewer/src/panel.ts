// The panel with colours, layers and their legend, and, folded away, known-at and
// the access key.

import type { Context } from './context.ts';
import type { CityMap } from './map.ts';
import { byId, h, iconButton } from './dom.ts';
import { say } from './format.ts';
import { buildingClass, buildingLegend, cellClass, cellLegend, dark, landClass, landLegend, light, type Entry } from './palette.ts';
import { isKnownAt, type Scheme, type State, type Theme } from './state.ts';
import { drawn, STOREY } from './style.ts';

export interface PanelHandlers {
  key(value: string): void;
  toggle(): void;
}

export class Panel {
  readonly #root = byId('panel');
  #legend = h('div', { class: 'legend' });
  #advancedOpen = false;

  constructor(
    readonly context: Context,
    readonly handlers: PanelHandlers,
  ) {}

  get open(): boolean {
    return !this.#root.hidden;
  }

  toggle(open = !this.open): void {
    this.#root.hidden = !open;
    document.body.classList.toggle('panel-open', open);
    if (open) this.update();
  }

  update(): void {
    const { context } = this;
    const { state } = context;
    const t = context.t.bind(context);
    const radio = <T extends string>(name: string, value: T, text: string, current: T, set: (v: T) => void) =>
      h('label', { class: 'choice' }, h('input', { type: 'radio', name, value, checked: value === current, change: () => set(value) }), h('span', null, text));
    this.#root.setAttribute('aria-label', t('layers'));
    this.#root.replaceChildren(
      iconButton('close', t('close'), () => this.handlers.toggle(), { class: 'icon closer' }),
      h('h3', null, t('colourBy')),
      h('div', { class: 'choices' },
        radio<Theme>('theme', 'use', t('byUse'), context.theme, (theme) => context.store.set({ theme })),
        radio<Theme>('theme', 'height', t('byHeight'), context.theme, (theme) => context.store.set({ theme }))),
      this.#legend,
      h('h3', null, t('shown')),
      h('div', { class: 'switches' }, drawn(context.city?.layers ?? []).reverse().map((l) =>
        h('label', { class: 'check' },
          h('input', { type: 'checkbox', checked: !state.off.includes(l.id), 'data-layer': l.id, change: () => this.#switch(l.id) }), say(l.title, context.lang)))),
      h('h3', null, t('appearance')),
      h('div', { class: 'choices' }, (['auto', 'light', 'dark'] as const).map((s) => radio<Scheme>('scheme', s, t(s), state.scheme, (scheme) => context.store.set({ scheme })))),
      this.#advanced(state),
    );
  }

  #switch(id: string): void {
    const { off } = this.context.state;
    this.context.store.set({ off: off.includes(id) ? off.filter((o) => o !== id) : [...off, id] });
  }

  #advanced(state: State): HTMLElement {
    const { context } = this;
    const t = context.t.bind(context);
    const known = h('input', { type: 'text', id: 'known-at', value: state.knownAt ?? '', placeholder: t('newest'), autocomplete: 'off', 'aria-describedby': 'known-help' });
    const help = h('small', { id: 'known-help' }, t('knownAtHelp'));
    const applyKnown = (event: Event) => {
      event.preventDefault();
      const value = known.value.trim();
      if (value !== '' && !isKnownAt(value)) {
        help.textContent = t('knownAtBad');
        help.className = 'wrong';
        return;
      }
      context.store.set({ knownAt: value || null });
    };
    const key = h('input', { type: 'password', id: 'access-key', autocomplete: 'off', placeholder: context.api.key ? '••••••••' : '' });
    const applyKey = (event: Event) => {
      event.preventDefault();
      if (key.value.trim()) this.handlers.key(key.value.trim());
    };
    return h(
      'details', { open: this.#advancedOpen || state.knownAt !== null, toggle: (e: Event) => { this.#advancedOpen = (e.target as HTMLDetailsElement).open; } },
      h('summary', null, t('advanced')),
      h('form', { submit: applyKnown }, h('label', { for: 'known-at' }, t('knownAt')), h('div', { class: 'field' }, known, h('button', { type: 'submit' }, t('apply'))), help),
      h('form', { submit: applyKey }, h('label', { for: 'access-key' }, t('accessKey')),
        h('div', { class: 'field' }, key, h('button', { type: 'submit' }, t('useKey'))),
        h('small', null, context.api.key ? t('keyInUse') : t('accessKeyHelp')),
        context.api.key ? h('button', { type: 'button', class: 'link', click: () => this.handlers.key('') }, t('removeKey')) : null),
      h('p', null, h('a', { href: './api', target: '_blank', rel: 'noopener' }, t('theApi'))),
    );
  }

  /** Says what is drawn, and nothing else: classes that are on the screen. */
  showLegend(map: CityMap): void {
    if (!this.open) return;
    const { context } = this;
    const { theme } = context;
    const t = context.t.bind(context);
    const buildings = map.onScreen('building');
    const parts = [
      this.#list(t('buildings'), buildingLegend(theme, context.dark), new Set(buildings.map((p) => buildingClass(theme, p)))),
      this.#list(t('perHexagon'), cellLegend(context.dark), new Set(map.onScreen('building-cells').map(cellClass))),
      this.#list(t('ground'), landLegend(context.dark ? dark : light), new Set(map.onScreen('land').map(landClass))),
      buildings.some((p) => p['height'] === undefined) ? h('small', null, t('storeyNote', { m: STOREY })) : null,
    ];
    this.#legend.replaceChildren(...parts.filter((p): p is HTMLElement => p !== null));
  }

  #list(title: string, entries: Entry[], present: Set<string>): HTMLElement | null {
    const shown = entries.filter((e) => present.has(e.key));
    if (shown.length === 0) return null;
    const { lang } = this.context;
    return h('div', null, h('h4', null, title), h('ul', { class: 'plain' }, shown.map((e) => h('li', { 'data-key': e.key }, h('i', { style: `background:${e.color}` }), say(e.title, lang)))));
  }
}
