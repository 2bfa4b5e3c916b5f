// The style of the map, built from the layers that the server has. Text is drawn
// with the fonts of the reader's machine: the style names no glyphs, and nothing in
// it leads to another host.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification, VectorSourceSpecification } from 'maplibre-gl';
import type { Lang, Theme } from './state.ts';
import type { City, Layer } from './wire.ts';
import { buildingColor, cellColor, dark, landColor, light, type Ground } from './palette.ts';

export const fonts = ['PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'system-ui', 'sans-serif'];

/** Kinds in the order in which they are drawn, the lowest first. */
const order = ['land', 'building', 'district', 'housing', 'thing', 'asset', 'event', 'address', 'enterprise'];

/** Metres of a storey where a building has floors on record but no height. */
export const STOREY = 3;

export interface Look {
  theme: Theme;
  dark: boolean;
  lang: Lang;
  off: readonly string[];
}

/** Address of a layer's tiles at two times; docs/api.md. */
export function tileURL(root: string, layer: string, datetime: string | null, knownAt: string | null): string {
  const q = new URLSearchParams();
  if (datetime) q.set('datetime', datetime);
  if (knownAt) q.set('known-at', knownAt);
  const query = q.toString();
  return `${root}tiles/${layer}/{z}/{x}/{y}.mvt${query && `?${query}`}`;
}

/** Layers that have anything, in the order in which they are drawn. */
export function drawn(layers: readonly Layer[]): Layer[] {
  const rank = (l: Layer) => (order.includes(l.kind) ? order.indexOf(l.kind) : order.length);
  return layers.filter((l) => l.bounds !== null).sort((a, b) => rank(a) - rank(b));
}

export function buildStyle(city: City, look: Look, urlOf: (layer: string) => string): StyleSpecification {
  const ground = look.dark ? dark : light;
  const layers = drawn(city.layers);
  const sources: StyleSpecification['sources'] = {};
  for (const layer of layers) {
    const source: VectorSourceSpecification = { type: 'vector', tiles: [urlOf(layer.id)], minzoom: layer.minzoom, maxzoom: layer.maxzoom };
    // No bounds: the hexagons of the far view reach over those of the things in them.
    if (city.city.attribution) source.attribution = city.city.attribution;
    sources[layer.id] = source;
  }
  sources[SELECTION] = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

  const shapes = layers.flatMap((l) => shapesOf(l, ground, look));
  const labels = layers.flatMap((l) => labelsOf(l, ground, look));
  return {
    version: 8,
    name: 'Chengma',
    sources,
    light: { anchor: 'map', position: [1.3, 215, 35], color: '#ffffff', intensity: look.dark ? 0.28 : 0.32 },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': ground.paper } },
      ...shapes.filter((l) => l.type !== 'fill-extrusion' && l.type !== 'circle'),
      ...selectionLayers(ground).filter((l) => l.type === 'line' || l.type === 'fill'),
      ...shapes.filter((l) => l.type === 'fill-extrusion'),
      ...shapes.filter((l) => l.type === 'circle'),
      ...selectionLayers(ground).filter((l) => l.type === 'circle'),
      ...labels,
    ],
  };
}

/** The source with the outline of what the card shows. */
export const SELECTION = 'selection';

export function selectionLayers(g: Ground): LayerSpecification[] {
  return [
    { id: 'selection-fill', type: 'fill', source: SELECTION, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': g.accent, 'fill-opacity': 0.12 } },
    { id: 'selection-line', type: 'line', source: SELECTION, filter: ['!=', ['geometry-type'], 'Point'], layout: { 'line-join': 'round' }, paint: { 'line-color': g.accent, 'line-width': 2.5 } },
    {
      id: 'selection-point', type: 'circle', source: SELECTION, filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 9, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': g.accent, 'circle-stroke-width': 3 },
    },
  ];
}

/** True for things, not for the hexagons that stand for many at low zooms. */
const single: ExpressionSpecification = ['!', ['has', 'h3']];

function visible(layer: Layer, look: Look): { visibility: 'visible' | 'none' } {
  return { visibility: look.off.includes(layer.id) ? 'none' : 'visible' };
}

const number = (name: string): ExpressionSpecification => ['to-number', ['get', name], 0];

/** Height to draw a building with: as recorded, else its floors at three metres each, else one storey. */
export const drawnHeight: ExpressionSpecification = [
  'case', ['has', 'height'], number('height'), ['*', STOREY, ['max', 1, number('floors_above')]],
];

function shapesOf(layer: Layer, g: Ground, look: Look): LayerSpecification[] {
  const base = { source: layer.id, 'source-layer': layer.id, layout: visible(layer, look) };
  if (layer.kind === 'land') {
    return [
      { ...base, id: 'land', type: 'fill', filter: single, paint: { 'fill-color': landColor(g), 'fill-antialias': false } },
      {
        ...base, id: 'land-line', type: 'line', filter: single, minzoom: 13,
        paint: { 'line-color': g.parcelLine, 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0.2, 17, 1], 'line-opacity': ['interpolate', ['linear'], ['zoom'], 13, 0, 15, 1] },
      },
    ];
  }
  if (layer.kind === 'building') {
    const base_: ExpressionSpecification = number('base_height');
    return [
      { ...base, id: 'building-cells', type: 'fill', filter: ['has', 'h3'], paint: { 'fill-color': cellColor(look.dark), 'fill-outline-color': g.paper } },
      {
        ...base, id: 'building', type: 'fill-extrusion', filter: ['all', single, ['!', ['in', ['get', 'class'], ['literal', ['floor', 'entrance']]]]],
        paint: {
          'fill-extrusion-color': ['case', ['boolean', ['feature-state', 'selected'], false], g.accent, buildingColor(look.theme, look.dark)],
          'fill-extrusion-height': ['interpolate', ['linear'], ['zoom'], 12, ['*', 0.6, drawnHeight], 14, drawnHeight],
          'fill-extrusion-base': ['case', ['<', base_, drawnHeight], base_, 0],
          'fill-extrusion-opacity': 0.94,
          'fill-extrusion-vertical-gradient': true,
        },
      },
    ];
  }
  if (layer.kind === 'district') {
    return [
      {
        ...base, id: layer.id, type: 'line', filter: single, layout: { ...visible(layer, look), 'line-join': 'round' },
        paint: { 'line-color': g.district, 'line-dasharray': [4, 2], 'line-width': ['match', ['get', 'level'], ['city', 'county'], 2, ['town'], 1.4, 0.8], 'line-opacity': 0.7 },
      },
    ];
  }
  return otherShapes(layer, g, base);
}

function otherShapes(layer: Layer, g: Ground, base: { source: string; 'source-layer': string; layout: { visibility: 'visible' | 'none' } }): LayerSpecification[] {
  const color = layer.kind === 'enterprise' ? g.point : layer.kind === 'address' ? g.address : g.thing;
  const from = layer.kind === 'enterprise' ? 14 : layer.kind === 'address' ? 16.5 : 13;
  const shapes: LayerSpecification[] = [
    {
      ...base, id: layer.id, type: 'circle', minzoom: from, filter: ['all', single, ['==', ['geometry-type'], 'Point']],
      paint: {
        'circle-color': color,
        'circle-radius': ['interpolate', ['exponential', 1.6], ['zoom'], from, 1.2, from + 2, 3, 20, 6],
        'circle-opacity': ['interpolate', ['linear'], ['zoom'], from, 0.35, from + 2, 0.9],
        'circle-stroke-color': g.halo,
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], from + 1, 0, from + 2, 1],
      },
    },
  ];
  if (layer.geometry !== 'point') {
    shapes.push(
      { ...base, id: `${layer.id}-line`, type: 'line', filter: ['all', single, ['!=', ['geometry-type'], 'Point']], paint: { 'line-color': color, 'line-width': 1.2 } },
    );
  }
  return shapes;
}

/** What a label says, from the fields that the layer has. */
function labelText(layer: Layer, lang: Lang): ExpressionSpecification | null {
  const wanted: Record<string, string[]> = {
    building: ['name'],
    district: lang === 'en' ? ['name_en', 'name'] : ['name'],
    address: ['door_number', 'place_name', 'full_address'],
    enterprise: ['short_name', 'name'],
    land: ['lot_number'],
  };
  const names = (wanted[layer.kind] ?? ['name']).filter((name) => name in layer.fields);
  if (names.length === 0) return null;
  return ['coalesce', ...names.map((name) => ['get', name]), ''] as unknown as ExpressionSpecification;
}

const labelFrom: Record<string, number> = { district: 9, building: 15.2, thing: 17.5, enterprise: 17.5, address: 17.9, land: 18.2 };

function labelsOf(layer: Layer, g: Ground, look: Look): LayerSpecification[] {
  const text = labelText(layer, look.lang);
  if (!text) return [];
  const isDistrict = layer.kind === 'district';
  const small = layer.kind === 'address' || layer.kind === 'land';
  const point = layer.geometry === 'point';
  return [
    {
      id: `${layer.id}-label`, type: 'symbol', source: layer.id, 'source-layer': layer.id, minzoom: labelFrom[layer.kind] ?? 16, filter: single,
      ...(isDistrict ? { maxzoom: 15.5 } : {}),
      layout: {
        ...visible(layer, look),
        'text-field': text,
        'text-font': fonts,
        'text-size': isDistrict ? ['match', ['get', 'level'], ['city', 'county'], 15, ['town'], 13, 11] : small || layer.kind === 'enterprise' ? 11 : 12,
        'text-max-width': 9,
        'text-padding': isDistrict ? 24 : 4,
        ...(point ? { 'text-variable-anchor': ['top', 'bottom', 'right', 'left'], 'text-radial-offset': 0.7 } : {}),
        ...(layer.kind === 'building' ? { 'symbol-sort-key': ['-', 0, drawnHeight] } : {}),
      },
      paint: {
        'text-color': isDistrict ? g.district : layer.kind === 'enterprise' ? g.point : small ? g.address : g.text,
        'text-halo-color': g.halo,
        'text-halo-width': 1.4,
      },
    },
  ];
}
