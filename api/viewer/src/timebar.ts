// The bar that moves valid time. It counts in local days of the city; the step of
// the keys, the buttons and the play button is a year, a month or a day.

import type { Context } from './context.ts';
import { byId, h, icon, iconButton } from './dom.ts';
import { formatDay } from './format.ts';
import { asDay, dayNumber, dayOf, dayOfNumber, scaleFrom, stepDay, yearMarks, type Step } from './time.ts';

export class Timebar {
  #range = h('input', { type: 'range', step: '1', input: () => this.#dragged() });
  #day = h('input', { type: 'date', change: () => this.#picked() });
  #label = h('output', { class: 'day' });
  #step = h('select', { change: () => {} });
  #marks = h('div', { class: 'marks', 'aria-hidden': 'true' });
  #play: HTMLButtonElement;
  #now: HTMLButtonElement;
  #playing = false;
  /** Where the city begins, and where the slider does. */
  #first = '';
  #from = '';
  #to = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly context: Context,
    /** Resolves when the city of the state's time is drawn, or after a while. */
    readonly settled: () => Promise<void>,
  ) {
    this.#play = iconButton('play', '', () => this.toggle());
    this.#now = h('button', { type: 'button', class: 'now', click: () => this.#set(null) });
    byId('timebar').append(
      h('div', { class: 'row' }, this.#play, this.#label, this.#day, h('span', { class: 'space' }), this.#step, this.#now),
      h('div', { class: 'row' },
        iconButton('left', '', () => this.step(-1), { class: 'icon earlier' }),
        h('div', { class: 'track' }, this.#range, this.#marks),
        iconButton('right', '', () => this.step(1), { class: 'icon later' })),
    );
    this.#range.addEventListener('keydown', (e) => {
      if (['ArrowLeft', 'ArrowDown'].includes(e.key)) this.step(-1);
      else if (['ArrowRight', 'ArrowUp'].includes(e.key)) this.step(1);
      else if (e.key === 'PageDown') this.step(-10);
      else if (e.key === 'PageUp') this.step(10);
      else return;
      e.preventDefault();
    });
    this.translate();
  }

  translate(): void {
    const t = this.context.t.bind(this.context);
    const chosen = this.#step.value || 'year';
    this.#step.replaceChildren(...(['year', 'month', 'day'] as const).map((s) => h('option', { value: s, selected: s === chosen }, t(s))));
    this.#step.title = t('step');
    this.#step.setAttribute('aria-label', t('step'));
    this.#range.setAttribute('aria-label', t('time'));
    this.#day.setAttribute('aria-label', t('pickDay'));
    this.#day.title = t('pickDay');
    byId('timebar').setAttribute('aria-label', t('time'));
    for (const [name, text] of [['.earlier', t('earlier')], ['.later', t('later')]] as const) {
      const button = byId('timebar').querySelector(name);
      button?.setAttribute('title', text);
      button?.setAttribute('aria-label', text);
    }
    this.update();
  }

  /** Shows the extent of the city and the state's time. */
  update(): void {
    const { context } = this;
    const { zone, lang, city } = context;
    const today = dayOf(Date.now(), zone);
    if (!city?.time?.from || !city.time.to) {
      byId('timebar').hidden = true;
      return;
    }
    byId('timebar').hidden = false;
    this.#first = dayOf(city.time.from, zone);
    this.#from = scaleFrom(this.#first, today); // earlier days can be picked and stepped to
    this.#to = dayOf(city.time.to, zone) > today ? dayOf(city.time.to, zone) : today;
    const day = asDay(context.state.datetime, zone, Date.now());
    if (day < this.#from) this.#from = day;
    if (day > this.#to) this.#to = day;
    this.#range.min = String(dayNumber(this.#from));
    this.#range.max = String(dayNumber(this.#to));
    this.#range.value = String(dayNumber(day));
    this.#day.value = day;
    const t = context.t.bind(context);
    const live = context.state.datetime === null;
    this.#label.textContent = formatDay(day, lang);
    this.#range.setAttribute('aria-valuetext', formatDay(day, lang));
    this.#now.textContent = t('now');
    this.#now.title = t('toNow');
    this.#now.setAttribute('aria-pressed', String(live));
    this.#play.title = t(this.#playing ? 'pause' : 'play');
    this.#play.setAttribute('aria-label', this.#play.title);
    this.#play.replaceChildren(icon(this.#playing ? 'pause' : 'play'));
    this.#scale(today);
  }

  #scale(today: string): void {
    const a = dayNumber(this.#from);
    const span = Math.max(1, dayNumber(this.#to) - a);
    const at = (day: string) => `left:${(((dayNumber(day) - a) / span) * 100).toFixed(2)}%`;
    const marks = yearMarks(this.#from, this.#to, innerWidth < 700 ? 4 : 9).map((y) => h('span', { style: at(`${String(y).padStart(4, '0')}-01-01`) }, String(y)));
    this.#marks.replaceChildren(...marks, h('i', { style: at(today) }));
  }

  #set(day: string | null): void {
    const today = dayOf(Date.now(), this.context.zone);
    this.context.store.set({ datetime: day === today ? null : day });
  }

  #dragged(): void {
    this.#stop();
    this.#set(dayOfNumber(Number(this.#range.value)));
  }

  #picked(): void {
    this.#stop();
    if (this.#day.value) this.#set(this.#day.value);
  }

  step(count: number): void {
    const { zone, state } = this.context;
    const day = asDay(state.datetime, zone, Date.now());
    const next = stepDay(day, (this.#step.value || 'year') as Step, count);
    this.#set(next < this.#first ? this.#first : next > this.#to ? this.#to : next);
  }

  toggle(): void {
    if (this.#playing) this.#stop();
    else {
      this.#playing = true;
      const { zone, state } = this.context;
      if (asDay(state.datetime, zone, Date.now()) >= this.#to || state.datetime === null) this.#set(this.#from);
      this.update();
      this.#tick();
    }
  }

  #tick(): void {
    this.#timer = setTimeout(() => {
      void this.settled().then(() => {
        if (!this.#playing) return;
        const today = dayOf(Date.now(), this.context.zone);
        const day = asDay(this.context.state.datetime, this.context.zone, Date.now());
        if (day >= today) {
          this.#stop();
          return;
        }
        const next = stepDay(day, (this.#step.value || 'year') as Step, 1);
        this.#set(next > today ? null : next);
        this.#tick();
      });
    }, 700);
  }

  #stop(): void {
    if (!this.#playing) return;
    this.#playing = false;
    clearTimeout(this.#timer);
    this.update();
  }
}
