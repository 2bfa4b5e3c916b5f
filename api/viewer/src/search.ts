// The search box: a code, an alias, or part of a name or address.

import type { Context } from './context.ts';
import type { Entity, Result } from './wire.ts';
import { RequestError } from './api.ts';
import { plainCode } from './code.ts';
import { csv } from './csv.ts';
import { byId, h, icon, iconButton, saveFile } from './dom.ts';
import { say } from './format.ts';

function resultOf(e: Entity): Result {
  const { code, display, kind, kindTitle, title, official, bbox } = e;
  return { code, display, kind, kindTitle, class: e.class ?? '', classTitle: e.classTitle ?? kindTitle, title, official, matched: 'code', point: e.point ?? null, bbox };
}

export class Search {
  readonly #box: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #clear: HTMLButtonElement;
  #results: Result[] = [];
  #chosen = -1;
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly context: Context,
    readonly open: (result: Result) => void,
  ) {
    this.#box = h('input', {
      type: 'search', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', enterkeyhint: 'search',
      role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'results', 'aria-autocomplete': 'list',
      input: () => this.#typed(), keydown: (e: KeyboardEvent) => this.#key(e), focus: () => this.#box.value && this.#results.length && this.#unfold(true),
    });
    this.#list = h('ul', { id: 'results', role: 'listbox', hidden: true });
    this.#clear = iconButton('close', '', () => this.clear(), { hidden: true });
    byId('search').append(h('div', { class: 'box' }, icon('search'), this.#box, h('kbd', null, '/'), this.#clear), this.#list);
    document.addEventListener('pointerdown', (e) => {
      if (!(e.target instanceof Node && byId('search').contains(e.target))) this.#unfold(false);
    });
    this.translate();
  }

  translate(): void {
    const { t } = { t: this.context.t.bind(this.context) };
    this.#box.placeholder = t('searchPlaceholder');
    this.#box.setAttribute('aria-label', t('searchLabel'));
    this.#box.title = t('searchKey');
    this.#clear.title = t('close');
    this.#clear.setAttribute('aria-label', t('close'));
    this.#list.setAttribute('aria-label', t('searchLabel'));
    if (!this.#list.hidden) void this.#ask();
  }

  focus(): void {
    this.#box.focus();
    this.#box.select();
  }

  clear(): void {
    this.#box.value = '';
    this.#results = [];
    this.#unfold(false);
    this.#clear.hidden = true;
    this.#request?.abort();
  }

  #typed(): void {
    this.#clear.hidden = this.#box.value === '';
    clearTimeout(this.#timer);
    if (this.#box.value.trim() === '') {
      this.clear();
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(), 180);
  }

  async #ask(thenOpen = false): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.#box.value.trim();
    if (text === '') return;
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    if (this.#results.length === 0) this.#say(this.context.t('searching'));
    try {
      const { results } = await this.context.api.search(text, this.context.moment, request.signal);
      // A code that nothing has: the server says what is wrong with it, or what became of it.
      if (results.length === 0 && plainCode(text)) results.push(resultOf(await this.context.api.entity(text, this.context.moment, request.signal)));
      if (request.signal.aborted) return;
      this.#results = results;
      this.#show(text);
      const [first] = results;
      if (thenOpen && first) this.#choose(first);
    } catch (error) {
      if (request.signal.aborted) return;
      this.#results = [];
      if (error instanceof RequestError && error.problem) this.#say(error.problem.title, error.problem.detail);
      else this.#say(this.context.t('offline'));
    }
  }

  #say(title: string, detail = ''): void {
    this.#list.replaceChildren(h('li', { class: 'message', role: 'status' }, h('strong', null, title), detail && h('span', null, detail)));
    this.#unfold(true);
  }

  #show(text: string): void {
    const { context } = this;
    if (this.#results.length === 0) {
      this.#say(context.t('nothingFound', { q: text }), context.t('nothingFoundHelp'));
      return;
    }
    const { lang } = context;
    const rows = this.#results.map((r, i) =>
      h(
        'li', { role: 'option', id: `result-${i}`, 'aria-selected': 'false', click: () => this.#choose(r), mousemove: () => this.#mark(i) },
        h('span', { class: `kind kind-${r.kind}` }, say(r.kindTitle, lang)),
        h('span', { class: 'name' }, r.title, !r.point && !r.bbox && h('em', null, context.t('noPlace'))),
        h('small', null, r.official?.value && r.official.value !== r.title ? `${say(r.official.title, lang)} ${r.official.value}` : r.display),
      ),
    );
    const download = h(
      'li', { class: 'foot' }, context.t('results', { n: this.#results.length }),
      iconButton('download', context.t('download'), () => this.#download(text)),
    );
    this.#list.replaceChildren(...rows, download);
    this.#unfold(true);
    this.#mark(0);
  }

  #download(text: string): void {
    const header = ['code', 'kind', 'class', 'title', 'scheme', 'official', 'lon', 'lat'];
    saveFile(`search-${text.slice(0, 20)}.csv`, csv(header, this.#results.map((r) => [r.code, r.kind, r.class, r.title, r.official?.scheme, r.official?.value, r.point?.[0], r.point?.[1]])));
  }

  #unfold(open: boolean): void {
    this.#list.hidden = !open;
    this.#box.setAttribute('aria-expanded', String(open));
    if (!open) this.#mark(-1);
    byId('side').classList.toggle('searching', open);
  }

  #mark(i: number): void {
    this.#chosen = i;
    this.#box.setAttribute('aria-activedescendant', i >= 0 ? `result-${i}` : '');
    this.#list.querySelectorAll('[role=option]').forEach((row, n) => {
      row.setAttribute('aria-selected', String(n === i));
      if (n === i) row.scrollIntoView({ block: 'nearest' });
    });
  }

  #choose(result: Result): void {
    this.#box.value = result.title;
    this.#clear.hidden = false;
    this.#unfold(false);
    this.#box.blur();
    this.open(result);
  }

  #key(event: KeyboardEvent): void {
    const count = this.#results.length;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (count === 0) return;
        if (this.#list.hidden) this.#unfold(true);
        this.#mark((this.#chosen + (event.key === 'ArrowDown' ? 1 : count - 1) + count) % count);
        break;
      case 'Enter': {
        const chosen = this.#list.hidden ? undefined : this.#results[this.#chosen];
        if (chosen) this.#choose(chosen);
        else void this.#ask(true);
        break;
      }
      case 'Escape':
        if (this.#list.hidden) this.#box.blur();
        else this.#unfold(false);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
