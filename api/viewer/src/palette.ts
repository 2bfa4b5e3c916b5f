// Colours of the map, and the legends that go with them. A paint expression and its
// legend are made from the same table, so that one cannot say what the other does
// not draw. Ramps: ColorBrewer (YlGnBu, six classes) and, for categories, Set2.

import type { ExpressionSpecification } from 'maplibre-gl';
import type { Theme } from './state.ts';
import type { Text } from './wire.ts';

export interface Entry {
  /** What `chengma:legend` of a style calls it, and what `classOf` gives. */
  key: string;
  color: string;
  title: Text;
}

export interface Ground {
  paper: string;
  parcel: string;
  parcelLine: string;
  water: string;
  road: string;
  green: string;
  text: string;
  halo: string;
  district: string;
  point: string;
  address: string;
  thing: string;
  accent: string;
}

export const light: Ground = {
  paper: '#eef0ee', parcel: '#e4e6e2', parcelLine: '#c6cbc5', water: '#a9cfe2', road: '#ffffff', green: '#c9e0bd',
  text: '#27313a', halo: '#ffffff', district: '#6d5a86', point: '#c2185b', address: '#55636e', thing: '#8a5a00', accent: '#d6336c',
};

export const dark: Ground = {
  paper: '#14181d', parcel: '#1b2127', parcelLine: '#2f3841', water: '#123a52', road: '#2a323a', green: '#1d3326',
  text: '#dfe6ec', halo: '#14181d', district: '#a894c8', point: '#ff80ab', address: '#93a3b0', thing: '#e0b050', accent: '#ff6b9d',
};

/** Uses of a building, brought into eight groups that an eye can tell apart. */
const uses: { key: string; color: string; title: Text; of: string[] }[] = [
  { key: 'living', color: '#fc8d62', title: { zh: '居住', en: 'Living' }, of: ['residential', 'dormitory'] },
  { key: 'commerce', color: '#e78ac3', title: { zh: '商业、旅馆', en: 'Shops and hotels' }, of: ['commercial', 'hotel'] },
  { key: 'office', color: '#8da0cb', title: { zh: '办公、金融、科研', en: 'Offices and research' }, of: ['office', 'finance', 'telecom', 'research'] },
  { key: 'public', color: '#66c2a5', title: { zh: '公共服务', en: 'Public services' }, of: ['education', 'health', 'culture', 'sports', 'religious', 'military'] },
  { key: 'industry', color: '#e5c494', title: { zh: '工业、仓储', en: 'Industry and storage' }, of: ['industrial', 'warehouse', 'agriculture'] },
  { key: 'transport', color: '#ffd92f', title: { zh: '交通、停车', en: 'Transport and parking' }, of: ['transport', 'parking', 'utility'] },
  { key: 'mixed', color: '#a6d854', title: { zh: '综合', en: 'Mixed' }, of: ['mixed'] },
];
const unknown: Entry = { key: '', color: '#b3b3b3', title: { zh: '其他或不详', en: 'Other or not known' } };

/** Lower ends of the classes, in metres: those of the fire code GB 50016 (27, 54, 100) and one on either side. */
const heights = [0, 12, 27, 54, 100, 200];
const ylgnbu = ['#ffffcc', '#c7e9b4', '#7fcdbb', '#41b6c4', '#2c7fb8', '#253494'];
const noHeight: Entry = { key: '', color: '#b3b3b3', title: { zh: '高度不详', en: 'Height not known' } };

/** The ramp leads away from the ground: darker on paper, brighter at night. */
function ramp(isDark: boolean): string[] {
  return isDark ? [...ylgnbu].reverse() : ylgnbu;
}

export function buildingLegend(theme: Theme, isDark: boolean): Entry[] {
  if (theme === 'use') return [...uses.map(({ key, color, title }) => ({ key, color, title })), unknown];
  const colors = ramp(isDark);
  const steps = heights.map((from, i): Entry => {
    const next = heights[i + 1];
    const range = next === undefined ? `≥ ${from} m` : `${from} – ${next} m`;
    return { key: String(from), color: colors[i] ?? noHeight.color, title: { zh: range, en: range } };
  });
  return [...steps, noHeight];
}

export function buildingColor(theme: Theme, isDark: boolean): ExpressionSpecification {
  if (theme === 'use') {
    return ['match', ['get', 'use'], ...uses.flatMap((u) => [u.of, u.color]), unknown.color] as unknown as ExpressionSpecification;
  }
  const colors = ramp(isDark);
  const steps = heights.flatMap((from, i) => (i === 0 ? [colors[0]] : [from, colors[i]]));
  return ['case', ['has', 'height'], ['step', ['to-number', ['get', 'height']], ...steps], noHeight.color] as unknown as ExpressionSpecification;
}

/** The legend key that a building is drawn with. */
export function buildingClass(theme: Theme, properties: Record<string, unknown>): string {
  if (theme === 'use') return uses.find((u) => u.of.includes(String(properties['use'])))?.key ?? unknown.key;
  const height = properties['height'];
  if (typeof height !== 'number') return noHeight.key;
  return String([...heights].reverse().find((from) => height >= from) ?? 0);
}

/** Land use of GB/T 21010 by the beginning of its code. */
const lands: { key: keyof Ground & ('water' | 'road' | 'green'); title: Text; two: string[]; four: string[] }[] = [
  { key: 'water', title: { zh: '水域', en: 'Water' }, two: ['11'], four: [] },
  { key: 'road', title: { zh: '道路、交通用地', en: 'Roads and transport' }, two: ['10'], four: [] },
  { key: 'green', title: { zh: '绿地、农林用地', en: 'Green and farmland' }, two: ['01', '02', '03', '04'], four: ['0810'] },
];

export function landColor(g: Ground): ExpressionSpecification {
  const use = ['to-string', ['get', 'land_use']];
  const cases = lands.flatMap((l) => [
    ['any', ['in', ['slice', use, 0, 2], ['literal', l.two]], ['in', ['slice', use, 0, 4], ['literal', l.four]]],
    g[l.key],
  ]);
  return ['case', ...cases, g.parcel] as unknown as ExpressionSpecification;
}

export function landClass(properties: Record<string, unknown>): string {
  const use = String(properties['land_use'] ?? '');
  return lands.find((l) => l.two.includes(use.slice(0, 2)) || l.four.includes(use.slice(0, 4)))?.key ?? 'parcel';
}

export function landLegend(g: Ground): Entry[] {
  return [...lands.map(({ key, title }) => ({ key, color: g[key], title })), { key: 'parcel', color: g.parcel, title: { zh: '其他宗地', en: 'Other parcels' } }];
}

/** How many things a hexagon of the far view holds. */
const counts = [1, 10, 50, 200, 1000, 5000];

export function cellColor(isDark: boolean): ExpressionSpecification {
  const colors = ramp(isDark);
  const steps = counts.flatMap((from, i) => (i === 0 ? [colors[0]] : [from, colors[i]]));
  return ['step', ['to-number', ['get', 'count']], ...steps] as unknown as ExpressionSpecification;
}

export function cellLegend(isDark: boolean): Entry[] {
  return counts.map((from, i) => {
    const next = counts[i + 1];
    const range = next === undefined ? `≥ ${from}` : `${from} – ${next - 1}`;
    return { key: String(from), color: ramp(isDark)[i] ?? '', title: { zh: range, en: range } };
  });
}

export function cellClass(properties: Record<string, unknown>): string {
  const count = Number(properties['count']);
  return String([...counts].reverse().find((from) => count >= from) ?? counts[0]);
}
