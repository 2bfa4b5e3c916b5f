// What the parts of the page share: the state, the server, the city, the language.

import type { Api, Moment } from './api.ts';
import type { State, Store } from './state.ts';
import type { City } from './wire.ts';
import type { Lang, Theme } from './state.ts';
import { translate, type TextKey } from './i18n.ts';
import { asDatetime } from './time.ts';

export class Context {
  city: City | null = null;
  /** The theme where nobody chose one. */
  fitting: Theme = 'use';

  constructor(
    readonly store: Store,
    readonly api: Api,
    readonly readers: Lang,
  ) {}

  get state(): State {
    return this.store.state;
  }

  get lang(): Lang {
    return this.state.lang ?? this.readers;
  }

  get theme(): Theme {
    return this.state.theme ?? this.fitting;
  }

  get zone(): string {
    return this.city?.city.zone ?? 'UTC';
  }

  t(key: TextKey, values?: Record<string, string | number>): string {
    return translate(this.lang, key, values);
  }

  get dark(): boolean {
    if (this.state.scheme !== 'auto') return this.state.scheme === 'dark';
    return matchMedia('(prefers-color-scheme: dark)').matches;
  }

  /** The two times and the language, as requests name them. */
  get moment(): Moment {
    const { datetime, knownAt } = this.state;
    return {
      datetime: datetime === null ? null : asDatetime(datetime, this.zone),
      knownAt: knownAt === null || /^\d+$/.test(knownAt) ? knownAt : asDatetime(knownAt, this.zone),
      lang: this.lang,
    };
  }
}
