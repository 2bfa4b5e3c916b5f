// The map. This module is a chunk of its own with MapLibre in it; the page stands
// before it has come.

import { AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type MapGeoJSONFeature, type VectorTileSource } from 'maplibre-gl';
import workerURL from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Context } from './context.ts';
import type { Bounds, City, Entity } from './wire.ts';
import { root } from './api.ts';
import { codeNumber } from './code.ts';
import { debounce } from './dom.ts';
import { buildStyle, drawn, fonts, SELECTION, tileURL, type Look } from './style.ts';

setWorkerUrl(workerURL);

/** From this zoom on, houses look like houses. */
const NEAR = 14.7;

export interface Handlers {
  pick(code: string | null): void;
  /** The features that are drawn have changed: the legend may say what they are. */
  drawn(): void;
  /** Loading begins and ends. */
  busy(busy: boolean): void;
  failed(): void;
}

export class CityMap {
  readonly map: MapLibre;
  #city: City;
  #selected: { source: string; id: number } | null = null;
  #tiles = '';
  #padded = false;

  constructor(
    container: HTMLElement,
    readonly context: Context,
    city: City,
    readonly handlers: Handlers,
  ) {
    this.#city = city;
    const { view } = context.state;
    this.#tiles = this.#moment();
    this.map = new MapLibre({
      container,
      style: this.#style(),
      localIdeographFontFamily: fonts.join(', '),
      ...(view
        ? { center: [view.lng, view.lat], zoom: view.zoom, bearing: view.bearing, pitch: view.pitch }
        : { center: [0, 0], zoom: 1 }),
      maxPitch: 75,
      maxZoom: 21,
      hash: false,
      attributionControl: false,
      fadeDuration: 120,
      transformRequest: (url) => (url.startsWith(root) ? { url, headers: context.api.headers() } : { url }),
    });
    this.map.addControl(new NavigationControl({ visualizePitch: true }), 'top-right');
    this.map.addControl(new ScaleControl({ maxWidth: 110, unit: 'metric' }), 'bottom-right');
    this.map.addControl(new AttributionControl({ compact: false, customAttribution: 'MapLibre' }), 'bottom-right');
    if (!view) this.#open(city);
    this.#listen();
  }

  /** The first view of a city: its middle, from near enough to see houses. */
  #open(city: City): void {
    const bounds = city.layers.find((l) => l.kind === 'building')?.bounds ?? city.bounds;
    const camera = bounds && this.map.cameraForBounds(bounds, { padding: 40 });
    if (!camera) return;
    this.map.jumpTo({ ...camera, zoom: Math.min(Math.max(camera.zoom ?? 0, NEAR), 17), pitch: 55, bearing: -20 });
  }

  #listen(): void {
    const { map } = this;
    map.on('moveend', () => {
      const c = map.getCenter();
      this.context.store.set({ view: { zoom: map.getZoom(), lat: c.lat, lng: c.lng, bearing: map.getBearing(), pitch: map.getPitch() } });
    });
    map.on('click', (event) => {
      const feature = this.#pickable(event.point);
      if (feature?.properties['h3']) {
        map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2 });
        return;
      }
      const code: unknown = feature?.properties['code'];
      this.handlers.pick(typeof code === 'string' ? code : null);
    });
    map.on('mousemove', (event) => {
      if (!map.isMoving()) map.getCanvas().style.cursor = this.#pickable(event.point) ? 'pointer' : '';
    });
    const settled = debounce(150, () => this.handlers.drawn());
    map.on('idle', () => {
      this.handlers.busy(false);
      settled();
    });
    map.on('dataloading', () => this.handlers.busy(true));
    map.on('error', (event) => {
      if ('sourceId' in event || /tile|fetch|AJAX/i.test(String(event.error))) this.handlers.failed();
      else console.error(event.error);
    });
  }

  /** The uppermost thing at a point of the screen: what has a point first, then solid things, then ground. */
  #pickable(point: { x: number; y: number }): MapGeoJSONFeature | undefined {
    const layers = this.map.getStyle().layers.filter((l) => 'source' in l && l.source !== SELECTION).map((l) => l.id);
    const box: [[number, number], [number, number]] = [[point.x - 3, point.y - 3], [point.x + 3, point.y + 3]];
    const small = layers.filter((id) => this.map.getLayer(id)?.type === 'circle' || (id.endsWith('-label') && !id.startsWith('district')));
    return (
      this.map.queryRenderedFeatures(box, { layers: small })[0] ??
      this.map.queryRenderedFeatures([point.x, point.y], { layers: layers.filter((id) => ['fill-extrusion', 'fill'].includes(this.map.getLayer(id)?.type ?? '')) })[0]
    );
  }

  #look(): Look {
    return { theme: this.context.theme, off: this.context.state.off, dark: this.context.dark, lang: this.context.lang };
  }

  #url(layer: string): string {
    const { datetime, knownAt } = this.context.moment;
    return tileURL(root, layer, datetime, knownAt);
  }

  #moment(): string {
    return tileURL('', '', this.context.moment.datetime, this.context.moment.knownAt);
  }

  #style() {
    return buildStyle(this.#city, this.#look(), (layer) => this.#url(layer));
  }

  /** Draws with the state's theme, colours, language and switches. Tiles that are there stay. */
  restyle(city = this.#city): void {
    this.#city = city;
    this.#tiles = this.#moment();
    this.map.setStyle(this.#style(), { diff: true });
    this.#mark();
  }

  /** Asks for the tiles of the state's two times; `force` also where those are the same, since the city has changed. */
  retime(force = false): void {
    const moment = this.#moment();
    if (moment === this.#tiles && !force) return;
    this.#tiles = moment;
    for (const layer of drawn(this.#city.layers)) {
      const source = this.map.getSource<VectorTileSource>(layer.id);
      source?.setTiles([this.#url(layer.id)]);
    }
  }

  /** Marks what the card shows: in its tiles by its id, and by its outline. */
  select(entity: Entity | null): void {
    this.#entity = entity;
    this.#mark();
  }

  #entity: Entity | null = null;

  #mark(): void {
    if (!this.map.getSource(SELECTION)) {
      this.map.once('styledata', () => this.#mark());
      return;
    }
    if (this.#selected) this.map.removeFeatureState({ ...this.#selected, sourceLayer: this.#selected.source });
    this.#selected = null;
    const entity = this.#entity;
    // A unit has no shape of its own: its building is marked.
    const housed = entity && !entity.geometry ? entity.links.find((l) => l.direction === 'out' && l.kind === 'building')?.code : undefined;
    const solid = entity?.kind === 'building' ? entity.code : housed;
    const id = solid ? codeNumber(solid) : null;
    const source = this.#city.layers.find((l) => l.kind === 'building')?.id;
    if (id !== null && source) {
      this.#selected = { source, id };
      this.map.setFeatureState({ source, sourceLayer: source, id }, { selected: true });
    }
    const geometry = entity?.geometry ?? (entity?.point ? { type: 'Point' as const, coordinates: entity.point } : null);
    const data: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: geometry ? [{ type: 'Feature', properties: {}, geometry }] : [] };
    this.map.getSource<import('maplibre-gl').GeoJSONSource>(SELECTION)?.setData(data);
  }

  /** Brings a place into view, unless it is there already. */
  show(point: [number, number] | null | undefined, bbox: Bounds | null, always: boolean): void {
    const at = point ?? (bbox ? ([(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] as [number, number]) : null);
    if (!at) return;
    const inView = this.map.getBounds().contains(at) && this.map.getZoom() > 14;
    if (inView && !always) return;
    const camera = bbox ? this.map.cameraForBounds(bbox, { maxZoom: 16.9, padding: 120 }) : undefined;
    const zoom = Math.max(Math.min(camera?.zoom ?? 16.9, 16.9), bbox && camera ? 9 : 15);
    this.map.flyTo({ center: at, zoom, pitch: Math.max(this.map.getPitch(), 45), duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1400, essential: false });
  }

  /** Room that panels take, so that the middle of the map is the middle of what is seen. */
  pad(padding: { left?: number; right?: number; bottom?: number }): void {
    const full = { left: 0, top: 0, right: 0, bottom: 0, ...padding };
    if (this.#padded) this.map.easeTo({ padding: full, duration: 250 });
    else this.map.jumpTo({ padding: full });
    this.#padded = true;
  }

  /** Features of a style layer that are on the screen, each thing once. */
  onScreen(layer: string): Record<string, unknown>[] {
    if (!this.map.getLayer(layer)) return [];
    const seen = new Map<unknown, Record<string, unknown>>();
    for (const f of this.map.queryRenderedFeatures({ layers: [layer] })) seen.set(f.id ?? f.properties['h3'], f.properties);
    return [...seen.values()];
  }
}
