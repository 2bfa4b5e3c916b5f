// Making elements without a framework. Text is always text, never markup.

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: (Child | Child[])[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value as unknown as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
  return element;
}

/** Pictures of buttons: 20 × 20, drawn with the text's colour. */
const icons = {
  search: 'M8.5 3a5.5 5.5 0 1 0 3.4 9.8l3.6 3.7 1-1-3.6-3.7A5.5 5.5 0 0 0 8.5 3Zm0 1.5a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z',
  close: 'm5 4 5 5 5-5 1 1-5 5 5 5-1 1-5-5-5 5-1-1 5-5-5-5z',
  layers: 'm10 3 8 4.2-8 4.2-8-4.2zm-6.3 7.2L10 13.5l6.3-3.3L18 11l-8 4.2L2 11z',
  moon: 'M11.5 3A7 7 0 1 0 17 12.5 5.8 5.8 0 0 1 11.5 3Z',
  sun: 'M10 6.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM9.3 2h1.400v2.500H9.300zm0 13.500h1.400V18H9.300zM2 9.300h2.500v1.400H2zm13.5 0H18v1.400h-2.500zM4 5l1-1 1.8 1.8-1 1zm9.2 9.2 1-1L16 15l-1 1zM15 4l1 1-1.8 1.8-1-1zM4 15l1.8-1.8 1 1L5 16z',
  play: 'M6 3.500v13l10-6.500z',
  pause: 'M5 4h3.500v12H5zm6.5 0H15v12h-3.500z',
  left: 'm12 4 1.2 1.200L8.4 10l4.8 4.800L12 16l-6-6z',
  right: 'm8 4-1.2 1.2 4.8 4.8-4.8 4.800L8 16l6-6z',
  copy: 'M7 3h9v11h-2.500v3H4V6h3zm1.5 1.500V6h5v6.500h1v-8zm-3 3v8H12v-8z',
  link: 'M8.6 13.6 7 15.200a2.5 2.5 0 0 1-3.5-3.500l2.9-2.900a2.5 2.5 0 0 1 3.5 0l1-1a3.9 3.9 0 0 0-5.5 0L2.5 10.700a3.9 3.9 0 0 0 5.5 5.500l1.7-1.700zm2.8-7.200L13 4.800a2.5 2.5 0 0 1 3.5 3.500l-2.9 2.900a2.5 2.5 0 0 1-3.5 0l-1 1a3.9 3.9 0 0 0 5.5 0l2.9-2.900A3.9 3.9 0 0 0 12 3.800l-1.7 1.700z',
  download: 'M9.3 3h1.400v7.200l2.6-2.6 1 1L10 13 5.7 8.600l1-1 2.6 2.600zM4 15h12v1.500H4z',
  api: 'm7 5 1 1-4 4 4 4-1 1-5-5zm6 0 5 5-5 5-1-1 4-4-4-4z',
  calendar: 'M6 2.500h1.500V4h5V2.500H14V4h3v13H3V4h3zM4.5 8.500v7h11v-7z',
} as const;

export type Icon = keyof typeof icons;

export function icon(name: Icon): SVGElement {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(ns, 'path');
  path.setAttribute('d', icons[name]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}

export function iconButton(name: Icon, title: string, click: () => void, extra: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'icon', title, 'aria-label': title, click, ...extra }, icon(name));
}

export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id} in the page`);
  return element as T;
}

/** Hands the reader a file that the page made. */
export function saveFile(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = h('a', { href: url, download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Puts text on the clipboard, also where the page is not served over https. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { readonly: true, style: 'position:fixed;opacity:0' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function debounce(wait: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}
