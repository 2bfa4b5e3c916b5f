import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExpression, validateStyleMin, type StylePropertySpecification } from '@maplibre/maplibre-gl-style-spec';
import { groupLinks, linksCSV } from '../src/card-links.ts';
import { buildingClass, buildingColor, buildingLegend, cellClass, cellColor, cellLegend, dark, landClass, landColor, landLegend, light, type Entry } from '../src/palette.ts';
import { buildStyle, drawnHeight, tileURL } from '../src/style.ts';
import type { City, Layer, Link } from '../src/wire.ts';

const layer = (kind: string, geometry: string, fields: string[]): Layer => ({
  id: kind, kind, title: { zh: kind, en: kind }, geometry, minzoom: 5, maxzoom: 16, bounds: [113, 22, 115, 23],
  fields: Object.fromEntries(fields.map((f) => [f, { type: 'string', title: { zh: f, en: f } }])),
});
const city: City = {
  city: { name: { zh: '市', en: 'City' }, code: '', zone: 'UTC', attribution: '© the city' }, bounds: [113, 22, 115, 23], time: null, revision: 1, revisionTime: null,
  layers: [
    layer('enterprise', 'point', ['name', 'short_name']), layer('address', 'point', ['door_number']), layer('building', 'polygon', ['name', 'use', 'height']),
    layer('land', 'polygon', ['land_use', 'lot_number']), layer('district', 'polygon', ['name', 'level']), layer('thing', 'point', ['name']), layer('pipe', 'line', []),
  ],
};
const style = (over = {}) => buildStyle(city, { theme: 'use', dark: false, lang: 'zh', off: [], ...over }, (id) => tileURL('https://city.example/', id, '2004-05-31T16:00:00Z', null));

test('styles are valid, in every look', () => {
  for (const theme of ['use', 'height'] as const) {
    for (const isDark of [false, true]) assert.deepEqual(validateStyleMin(style({ theme, dark: isDark }) as never).map((e) => e.message), []);
  }
});

test('a style leads to no host but the server, and needs no glyphs', () => {
  const text = JSON.stringify(style());
  assert.deepEqual([...new Set(text.match(/https?:\/\/[^/"]+/g))], ['https://city.example']);
  assert.equal(style().glyphs, undefined);
  assert.equal(style().sprite, undefined);
});

test('tiles are asked for at both times', () => {
  assert.equal(tileURL('/', 'land', null, null), '/tiles/land/{z}/{x}/{y}.mvt');
  assert.equal(tileURL('/', 'land', '2004-05-31T16:00:00Z', '42'), '/tiles/land/{z}/{x}/{y}.mvt?datetime=2004-05-31T16%3A00%3A00Z&known-at=42');
});

test('solid things lie on the ground, names over everything', () => {
  const ids = style().layers.map((l) => l.id);
  const at = (id: string) => { assert.ok(ids.includes(id), id); return ids.indexOf(id); };
  assert.ok(at('paper') < at('land') && at('land') < at('district') && at('district') < at('building') && at('building') < at('enterprise') && at('enterprise') < at('building-label'));
  assert.equal(new Set(ids).size, ids.length);
});

test('a layer that is switched off is not drawn', () => {
  const hidden = style({ off: ['land'] }).layers.filter((l) => 'source' in l && l.source === 'land');
  assert.ok(hidden.length >= 2);
  for (const l of hidden) assert.equal(l.layout?.visibility, 'none', l.id);
});

test('an empty city has a style', () => {
  assert.deepEqual(validateStyleMin(buildStyle({ ...city, layers: [] }, { theme: 'use', dark: true, lang: 'en', off: [] }, () => '') as never), []);
});

function evaluate(expression: unknown, properties: Record<string, unknown>): string {
  const spec = { type: 'color', 'property-type': 'data-driven', expression: { parameters: ['zoom', 'feature'] } } as unknown as StylePropertySpecification;
  const parsed = createExpression(expression, spec as never);
  assert.equal(parsed.result, 'success');
  if (parsed.result !== 'success') return '';
  return parsed.value.evaluate({ zoom: 15 }, { type: 3, properties } as never).toString();
}

test('the legend is true: each class has the colour it is drawn with', () => {
  const colour = (hex: string) => evaluate(['to-color', hex], {});
  const check = (name: string, legend: Entry[], key: string, drawn: unknown, properties: Record<string, unknown>) => {
    const entry = legend.find((e) => e.key === key);
    assert.ok(entry, `${name} ${JSON.stringify(properties)}: no entry “${key}”`);
    assert.equal(evaluate(['to-color', drawn], properties), colour(entry.color), `${name} ${JSON.stringify(properties)}`);
  };
  for (const isDark of [false, true]) {
    for (const use of ['residential', 'hotel', 'research', 'school', 'military', 'warehouse', 'parking', 'mixed', 'unknown', undefined]) {
      const p = use === undefined ? {} : { use };
      check('use', buildingLegend('use', isDark), buildingClass('use', p), buildingColor('use', isDark), p);
    }
    for (const height of [0, 11.99, 12, 26, 27, 53.9, 54, 99, 100, 200, 632, undefined]) {
      const p = height === undefined ? {} : { height };
      check('height', buildingLegend('height', isDark), buildingClass('height', p), buildingColor('height', isDark), p);
    }
    for (const land_use of ['1003', '1101', '0301', '0810', '0809', '0701', '', undefined]) {
      const p = land_use === undefined ? {} : { land_use };
      check('land', landLegend(isDark ? dark : light), landClass(p), landColor(isDark ? dark : light), p);
    }
    for (const count of [1, 9, 10, 49, 5000, 1e6]) check('cells', cellLegend(isDark), cellClass({ count }), cellColor(isDark), { count });
  }
});

test('a building without a height stands as high as its floors', () => {
  const height = (properties: Record<string, unknown>) => {
    const parsed = createExpression(drawnHeight, { type: 'number', 'property-type': 'data-driven', expression: { parameters: ['zoom', 'feature'] } } as never);
    return parsed.result === 'success' ? parsed.value.evaluate({ zoom: 15 }, { type: 3, properties } as never) : NaN;
  };
  assert.equal(height({ height: 46.2, floors_above: 3 }), 46.2);
  assert.equal(height({ floors_above: 6 }), 18);
  assert.equal(height({}), 3);
});

test('text can be read: contrast of at least 4.5 on its ground', () => {
  const channel = (v: number) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  for (const g of [light, dark]) {
    for (const ink of [g.text, g.district, g.point, g.address] as const) assert.ok(contrast(ink, g.halo) >= 4.5, `${ink} on ${g.halo}: ${contrast(ink, g.halo).toFixed(2)}`);
  }
});

const link = (kind: string, direction: 'in' | 'out', role: string, code: string): Link => ({
  role, direction, code, display: code, kind, title: { zh: role, en: role }, kindTitle: { zh: kind, en: kind }, thing: `=${code}`, official: null, from: null, to: null, share: null,
});

test('links are grouped: what a thing stands on first, then what is in it', () => {
  const groups = groupLinks([link('housing', 'in', 'in', 'H1'), link('enterprise', 'in', 'registered-at', 'E1'), link('land', 'out', 'on', 'L1'), link('housing', 'in', 'in', 'H2')], { 'in:in:housing': 96 });
  assert.deepEqual(groups.map((g) => [g.kind, g.links.length, g.count]), [['land', 1, 1], ['housing', 2, 96], ['enterprise', 1, 1]]);
  assert.match(linksCSV([link('land', 'out', 'on', 'L1')]), /\r\nL1,land,'=L1,,,on,out,,,\r\n$/);
});
