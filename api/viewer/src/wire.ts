// What the server answers, as docs/api.md describes it; only what the page reads.

export interface Text {
  zh: string;
  en: string;
}

export interface Label {
  title: Text;
  unit?: string | null;
  value?: Text;
}

export interface Official {
  scheme: string;
  value?: string;
  mask?: string;
  title: Text;
}

export type Bounds = [number, number, number, number];

export interface Result {
  code: string;
  display: string;
  kind: string;
  kindTitle: Text;
  class: string;
  classTitle: Text;
  title: string;
  official: Official | null;
  matched: string;
  point: [number, number] | null;
  bbox: Bounds | null;
}

export interface Link {
  role: string;
  title: Text;
  direction: 'in' | 'out';
  code: string;
  display: string;
  kind: string;
  kindTitle: Text;
  thing: string;
  official: Official | null;
  from: string | null;
  to: string | null;
  share: string | null;
}

export interface Interval {
  from: string | null;
  to: string | null;
}

export interface Recorded {
  from: number;
  to: number | null;
  fromTime: string | null;
  toTime: string | null;
}

export interface Origin {
  source: string | null;
  collected: string | null;
  document: string | null;
}

export interface Alias extends Official, Interval {}

export interface Resource {
  rel: string;
  type: string;
  href: string;
}

export interface Residents {
  count: number | null;
  suppressed: boolean;
  k: number;
  base?: number;
  at?: string;
}

export interface Entity {
  code: string;
  display: string;
  kind: string;
  kindTitle: Text;
  class: string | null;
  classTitle: Text | null;
  state: 'reserved' | 'active' | 'frozen' | 'retired' | 'erased';
  title: string;
  official: Official | null;
  aliases: Alias[];
  properties: Record<string, unknown>;
  labels: Record<string, Label>;
  geometry: GeoJSON.Geometry | null;
  bbox: Bounds | null;
  point?: [number, number] | null;
  valid: Interval | null;
  holds?: boolean;
  recorded: Recorded | null;
  cause: string | null;
  origin: Origin | null;
  links: Link[];
  linkCounts: Record<string, number>;
  linksComplete: boolean;
  residents: Residents | null;
  successors: Link[];
  sameAs: { code: string; display: string } | string | null;
  reason: string | null;
  revision: number;
  datetime: string;
  resources: Resource[];
}

export interface Version {
  class: string;
  valid: Interval;
  recorded: Recorded;
  current: boolean;
  cause: string | null;
  origin: Origin | null;
  title: string;
  properties: Record<string, unknown>;
  changed: string[];
}

export interface History {
  code: string;
  versions: Version[];
  labels: Record<string, Label>;
  revision: number;
  resources: Resource[];
}

export interface Related {
  links: Link[];
  revision: number;
  resources: Resource[];
}

export interface Field {
  type: string;
  title: Text;
  unit?: string | null;
  values?: Record<string, Text>;
}

export interface Layer {
  id: string;
  kind: string;
  title: Text;
  geometry: string;
  minzoom: number;
  maxzoom: number;
  bounds: Bounds | null;
  fields: Record<string, Field>;
}

export interface City {
  city: { name: Text; code: string; zone: string; attribution: string };
  bounds: Bounds | null;
  time: Interval | null;
  revision: number;
  revisionTime: string | null;
  layers: Layer[];
  styles?: { id: string; title: Text; dark: boolean; href: string }[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  parameter?: string;
  links?: Resource[];
  candidates?: { code: string; display: string; kind: string; title: string }[];
  successors?: string[];
}
