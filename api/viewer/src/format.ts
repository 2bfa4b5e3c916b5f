// Numbers, dates and values for people, in their language.

import type { Lang } from './state.ts';
import type { Label, Text } from './wire.ts';
import { dayOf, isDay } from './time.ts';

const locales: Record<Lang, string> = { zh: 'zh-CN', en: 'en-GB' };

export function say(text: Text | null | undefined, lang: Lang): string {
  if (!text) return '';
  return text[lang] || text.en || text.zh;
}

/** UCUM units as people write them. */
const units: Record<string, Text> = {
  m2: { zh: 'm²', en: 'm²' },
  m3: { zh: 'm³', en: 'm³' },
  a: { zh: '年', en: 'years' },
  mo: { zh: '个月', en: 'months' },
  d: { zh: '天', en: 'days' },
  h: { zh: '小时', en: 'h' },
  har: { zh: '公顷', en: 'ha' },
  Cel: { zh: '℃', en: '°C' },
  deg: { zh: '°', en: '°' },
};

export function unitName(unit: string | null | undefined, lang: Lang): string {
  if (!unit || unit === '1') return '';
  const money = /^\{([A-Z]{3})\}$/.exec(unit);
  if (money?.[1] === 'CNY') return lang === 'zh' ? '元' : 'CNY';
  if (money?.[1]) return money[1];
  return units[unit]?.[lang] ?? unit.replace(/[{}]/g, '');
}

export function formatNumber(value: number, lang: Lang, digits = 6): string {
  return new Intl.NumberFormat(locales[lang], { maximumFractionDigits: digits }).format(value);
}

/** Fields whose numbers are names, not amounts: no separators in them. */
const ordinal = /(^|_)(year|code|number|id|postcode)$|^year_|_floor$/;

/** A value of a field with its unit, as text; null for what is not there. */
export function formatValue(name: string, value: unknown, label: Label | undefined, lang: Lang, zone: string): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (label?.value) return say(label.value, lang);
  switch (typeof value) {
    case 'boolean':
      return value ? { zh: '是', en: 'Yes' }[lang] : { zh: '否', en: 'No' }[lang];
    case 'number': {
      if (ordinal.test(name)) return String(value);
      const unit = unitName(label?.unit, lang);
      const text = formatNumber(value, lang);
      return unit ? `${text} ${unit}` : text;
    }
    case 'string':
      if (isDay(value)) return formatDay(value, lang);
      return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value) ? formatInstant(value, lang, zone) : value;
    default:
      return JSON.stringify(value);
  }
}

/** A day, such as 31 May 2004 or 2004年5月31日. */
export function formatDay(day: string, lang: Lang): string {
  return new Intl.DateTimeFormat(locales[lang], { timeZone: 'UTC', year: 'numeric', month: lang === 'zh' ? 'long' : 'short', day: 'numeric' }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

/** An instant as its local day, with the time of day only where it is not midnight. */
export function formatInstant(instant: string, lang: Lang, zone: string): string {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) return instant;
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
  const day = formatDay(dayOf(ms, zone), lang);
  return time === '00:00' ? day : `${day} ${time}`;
}

/** An interval of days; an open end is "since" or "until". */
export function formatInterval(from: string | null, to: string | null, lang: Lang, zone: string): string {
  const a = from && formatInstant(from, lang, zone);
  const b = to && formatInstant(to, lang, zone);
  if (a && b) return lang === 'zh' ? `${a} 至 ${b}` : `${a} – ${b}`;
  if (a) return lang === 'zh' ? `${a} 起` : `since ${a}`;
  if (b) return lang === 'zh' ? `至 ${b}` : `until ${b}`;
  return lang === 'zh' ? '一直' : 'always';
}
