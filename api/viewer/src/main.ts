// The page: what happens at the start, and what each change of the state does.

import './page.css';
import { Api, RequestError } from './api.ts';
import { Card } from './card.ts';
import { Context } from './context.ts';
import { byId, copyText, debounce, h, iconButton } from './dom.ts';
import { formatDay, formatInstant, say } from './format.ts';
import { readersLang } from './i18n.ts';
import type { CityMap } from './map.ts';
import { dismiss, notify } from './notice.ts';
import { Panel } from './panel.ts';
import { Search } from './search.ts';
import { formatState, parseState, Store, type State } from './state.ts';
import { asDay } from './time.ts';
import { Timebar } from './timebar.ts';
import type { Entity, Result } from './wire.ts';

const store = new Store(parseState(location.search));
const api = new Api();
const context = new Context(store, api, readersLang(navigator.languages));

let map: CityMap | null = null;
/** Something was chosen by name: the map goes to it when it is known where it is. */
let goTo = store.state.view === null && store.state.code !== null;

const card = new Card(context, { shown, open: (code) => open(code) });
const search = new Search(context, (result: Result) => open(result.code));
const timebar = new Timebar(context, settled);
const panel = new Panel(context, {
  toggle: togglePanel,
  key(value) {
    api.key = value;
    void load();
  },
});

function open(code: string): void {
  goTo = true;
  if (store.state.code === code) void card.update(true);
  else store.set({ code });
}

/** A thing is on the card: it is marked, and shown where somebody asked for it by name. */
function shown(entity: Entity | null): void {
  map?.select(entity);
  layout();
  if (!entity || !map) return;
  if (goTo) map.show(entity.point ?? null, entity.bbox, true);
  goTo = false;
}

/** Resolves when the map has drawn what it was asked for, or after two seconds. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 2000);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (!map || map.map.areTilesLoaded()) done();
    else map.map.once('idle', done);
  });
}

function busy(on: boolean): void {
  byId('progress').classList.toggle('busy', on);
}

/** Reads the city, then draws it. */
async function load(): Promise<void> {
  busy(true);
  dismiss('load');
  const arriving = import('./map.ts');
  arriving.catch(() => undefined); // told below, where it is waited for
  try {
    context.city = await api.city(context.moment.knownAt);
  } catch (error) {
    busy(false);
    failed(error);
    return;
  }
  for (const part of [timebar, panel]) part.update();
  corner();
  const { city } = context;
  document.title = say(city.city.name, context.lang) || 'Chengma';
  if (city.layers.length === 0 || city.bounds === null) {
    busy(false);
    const empty = city.bounds === null;
    notify({ id: 'load', large: true, title: context.t(empty ? 'emptyTitle' : 'noLayersTitle'), text: context.t(empty ? 'emptyHelp' : 'noLayersHelp'), action: { label: context.t('retry'), run: () => void load() } });
  } else {
    draw(await arriving.catch(() => null));
  }
  await card.update(true);
}

function failed(error: unknown): void {
  if (error instanceof RequestError && error.reason === 'unknown-key' && api.key) {
    api.key = '';
    notify({ id: 'key', text: context.t('keyRefused'), close: context.t('close') });
    void load();
    return;
  }
  const text = error instanceof RequestError && error.problem ? error.message : context.t(error instanceof RequestError && error.kind !== 'offline' ? 'broken' : 'offline');
  notify({ id: 'load', large: true, title: context.t('failedTitle'), text, action: { label: context.t('retry'), run: () => void load() } });
}

function draw(module: typeof import('./map.ts') | null): void {
  const { city } = context;
  if (!city) return;
  if (map) {
    map.restyle(city);
    map.retime(true);
    return;
  }
  try {
    if (!module) throw new Error('the map did not load');
    map = new module.CityMap(byId('map'), context, city, {
      pick: (code) => store.set({ code }),
      drawn: () => {
        if (!map) return;
        fitTheme(map);
        panel.showLegend(map);
      },
      busy,
      failed: () => notify({ id: 'tiles', text: context.t('tilesFailed'), action: { label: context.t('retry'), run: () => map?.retime(true) }, close: context.t('close') }),
    });
    layout();
    // For the console, and for tests that ask what is drawn.
    Object.assign(window, { chengma: { map: map.map, context } });
  } catch {
    busy(false);
    notify({ id: 'load', large: true, title: context.t('noWebglTitle'), text: context.t('noWebglHelp'), close: context.t('close') });
  }
}

/** Registers that know no uses are coloured by height, unless somebody chose otherwise. */
function fitTheme(on: CityMap): void {
  if (store.state.theme !== null || context.fitting === 'height') return;
  const buildings = on.onScreen('building');
  if (buildings.some((b) => 'use' in b) || !buildings.some((b) => 'height' in b)) return;
  context.fitting = 'height';
  on.restyle();
  panel.update();
}

/** Which city this is: the time it shows and the revision it is known at. */
function corner(): void {
  const { city, state, zone, lang } = context;
  if (!city) return;
  const day = formatDay(asDay(state.datetime, zone, Date.now()), lang);
  const parts = [state.datetime === null ? `${context.t('theCityNow')} (${day})` : context.t('theCityAt', { day })];
  if (state.knownAt !== null) {
    const at = /^\d+$/.test(state.knownAt) ? context.t('revision', { n: state.knownAt }) : state.knownAt;
    parts.push(context.t('asKnown', { at }));
  } else {
    parts.push(context.t('revision', { n: city.revision }) + (city.revisionTime ? ` (${formatInstant(city.revisionTime, lang, zone)})` : ''));
  }
  byId('corner').textContent = parts.join(' · ');
}

function togglePanel(): void {
  panel.toggle();
  if (map) panel.showLegend(map);
  layout();
}

function tools(): void {
  const t = context.t.bind(context);
  const other = context.lang === 'zh' ? 'en' : 'zh';
  byId('tools').replaceChildren(
    iconButton('layers', t('layers'), togglePanel, { id: 'tool-panel' }),
    h('button', { type: 'button', class: 'icon text', id: 'tool-lang', lang: other, title: t('language'), click: () => store.set({ lang: other }) }, other === 'en' ? 'EN' : '中'),
    iconButton(context.dark ? 'sun' : 'moon', t('toggleDark'), () => store.set({ scheme: context.dark ? 'light' : 'dark' }), { id: 'tool-dark' }),
    iconButton('link', t('copyLink'), () => void copyText(location.href).then((done) => done && notify({ id: 'copied', text: t('copied'), brief: true })), { id: 'tool-link' }),
  );
}

/** Colours and language of everything that is not the map. */
function dress(): void {
  document.documentElement.lang = context.lang === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['scheme'] = context.dark ? 'dark' : 'light';
  byId('map').setAttribute('aria-label', context.t('mapLabel'));
  if (context.city) document.title = say(context.city.city.name, context.lang) || 'Chengma';
  tools();
  corner();
}

/** The middle of the map is the middle of what no panel covers. */
function layout(): void {
  const open = !byId('card').hidden;
  if (innerWidth < 700) map?.pad({ bottom: open ? Math.round(innerHeight * 0.46) + 90 : 110 });
  else map?.pad({ left: open ? 360 : 0, right: panel.open ? 250 : 0, bottom: 80 });
  document.body.classList.toggle('card-open', open);
}

const retime = debounce(140, () => map?.retime());
const reread = debounce(160, () => void card.update());

store.listen((state: State, before: State) => {
  const url = location.pathname + formatState(state);
  // The way back leads over things that were looked at, not over each move of the map.
  if (state.code !== before.code) history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  react(state, before);
});

function react(state: State, before: State): void {
  const look = state.theme !== before.theme || state.scheme !== before.scheme || state.lang !== before.lang || state.off.join() !== before.off.join();
  const time = state.datetime !== before.datetime || state.knownAt !== before.knownAt;
  if (look) {
    dress();
    map?.restyle();
    panel.update();
    if (map) panel.showLegend(map);
  }
  if (state.lang !== before.lang) {
    search.translate();
    timebar.translate();
    void card.update(true);
  }
  if (time) {
    dismiss('stale');
    timebar.update();
    corner();
    retime();
    reread();
  }
  if (state.knownAt !== before.knownAt) void load();
  if (state.code !== before.code) void card.update();
}

addEventListener('popstate', () => {
  const before = store.state;
  store.state = { ...parseState(location.search), view: before.view };
  react(store.state, before);
});

addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea');
  if (event.key === 'Escape' && !typing) {
    if (panel.open && store.state.code === null) panel.toggle(false);
    else card.close();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys: Record<string, () => void> = {
    '/': () => search.focus(),
    '[': () => timebar.step(-1),
    ',': () => timebar.step(-1),
    ']': () => timebar.step(1),
    '.': () => timebar.step(1),
    ' ': () => timebar.toggle(),
    l: togglePanel,
  };
  const run = keys[event.key];
  if (!run || (event.key === ' ' && event.target instanceof HTMLButtonElement)) return;
  event.preventDefault();
  run();
});

// The newest revision, as each answer tells it. Where the page shows the newest and
// there is a newer one, it says so and leaves the picture as it is.
api.onRevision = (revision) => {
  const { city, state } = context;
  if (!city || state.knownAt !== null || revision <= city.revision) return;
  notify({ id: 'stale', text: context.t('stale', { n: revision }), action: { label: context.t('show'), run: () => void load() }, close: context.t('close') });
};
setInterval(() => {
  if (document.hidden || store.state.knownAt !== null || !context.city) return;
  api.get<unknown>(api.url('layers.json', null)).catch(() => undefined); // it tells the revision; a lost server shows itself when it is needed
}, 60_000);

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  dress();
  map?.restyle();
});
addEventListener('resize', debounce(200, () => { timebar.update(); layout(); }));

dress();
if (innerWidth >= 1100) panel.toggle(true);
void load();
