// Valid time as the page handles it: local days of the city's time zone. A day
// stands for its first instant, so that what begins on a day is there on that day.

export type Step = 'day' | 'month' | 'year';

const DAY = 86_400_000;
const bare = /^\d{4}-\d{2}-\d{2}$/;

/** Whether the text is a calendar day that exists. */
export function isDay(text: string): boolean {
  if (!bare.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Whether the text is something `datetime` takes: a day or an RFC 3339 instant. */
export function isTime(text: string): boolean {
  return isDay(text) || (/^\d{4}-\d{2}-\d{2}[Tt ]/.test(text) && /(Z|[+-]\d{2}:\d{2})$/i.test(text) && !Number.isNaN(Date.parse(text)));
}

/** How many days a day lies after 1970-01-01, counted in the calendar alone. */
export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY);
}

export function dayOfNumber(n: number): string {
  return new Date(n * DAY).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function clock(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** What the clocks of the zone show at an instant, as if it were UTC, in ms. */
function wall(ms: number, zone: string): number {
  const part: Record<string, string> = {};
  for (const p of clock(zone).formatToParts(ms)) part[p.type] = p.value;
  return Date.parse(`${part['year']?.padStart(4, '0')}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}Z`);
}

/** The local day of an instant. */
export function dayOf(instant: string | number, zone: string): string {
  const ms = typeof instant === 'number' ? instant : Date.parse(instant);
  return new Date(wall(ms, zone)).toISOString().slice(0, 10);
}

/** The first instant of a local day, RFC 3339 in UTC. */
export function instantOf(day: string, zone: string): string {
  const target = Date.parse(`${day}T00:00:00Z`);
  let ms = target;
  // Twice, since the offset at the first guess may be that of the other side of a change of clocks.
  for (let i = 0; i < 2; i++) ms = target - (wall(ms, zone) - ms);
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** What is sent as `datetime` for a time of the page's state: a day stands for its first instant. */
export function asDatetime(time: string, zone: string): string {
  return isDay(time) ? instantOf(time, zone) : time;
}

/** The local day of a time of the page's state; null is now. */
export function asDay(time: string | null, zone: string, now: number): string {
  if (time === null) return dayOf(now, zone);
  return isDay(time) ? time : dayOf(time, zone);
}

/** A day some steps later (or earlier); the last day of a month where there is no such day. */
export function stepDay(day: string, step: Step, count: number): string {
  if (step === 'day') return dayOfNumber(dayNumber(day) + count);
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const months = y * 12 + (m - 1) + (step === 'year' ? 12 : 1) * count;
  const year = Math.floor(months / 12);
  const month = months - year * 12;
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(d, last))).toISOString().slice(0, 10);
}

/** Years that scales of time cover at most, so that one old house does not squeeze all the others. */
const SPAN = 40;

/** Where a scale of time begins, for a city that begins on a day. */
export function scaleFrom(first: string, today: string): string {
  const earliest = stepDay(today, 'year', -SPAN);
  return first > earliest ? first : earliest;
}

/** Years to mark on a scale between two days, at most `most` of them, round ones. */
export function yearMarks(from: string, to: string, most: number): number[] {
  const first = Number(from.slice(0, 4)) + (from.endsWith('-01-01') ? 0 : 1);
  const last = Number(to.slice(0, 4));
  const every = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500].find((n) => (last - first) / n < most) ?? 1000;
  const marks: number[] = [];
  for (let y = Math.ceil(first / every) * every; y <= last; y += every) marks.push(y);
  return marks;
}
