// A headless Chromium, and what a test asks of a page.

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Map as MapLibre } from 'maplibre-gl';

declare global {
  interface Window {
    chengma: { map: MapLibre };
  }
}

const flags = [
  // WebGL in software: there need be no graphics card.
  '--disable-gpu', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

export interface Visit {
  page: Page;
  /** What the page complained about: errors, failed requests, requests to other hosts. */
  complaints: string[];
  close(): Promise<void>;
}

export interface VisitOptions {
  url: string;
  width?: number;
  height?: number;
  locale?: string;
  scheme?: 'light' | 'dark';
  phone?: boolean;
}

/** Starts a Chromium; its profile is new, empty, and removed when it is closed. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', headless: true, args: flags });
}

export async function visit(browser: Browser, o: VisitOptions): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: o.width ?? 1180, height: o.height ?? 760 },
    locale: o.locale ?? 'en-GB',
    colorScheme: o.scheme ?? 'light',
    hasTouch: o.phone ?? false,
    isMobile: o.phone ?? false,
  });
  const close = () => context.close();
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    const host = new URL(o.url).host;
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (/^https?:/.test(url.protocol) && url.host !== host) complaints.push(`request to another host: ${request.url()}`);
    });
    page.on('response', (response) => response.status() >= 500 && complaints.push(`${response.status()} ${response.url()}`));
    page.setDefaultTimeout(20_000);
    await page.goto(o.url);
    return { page, complaints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the map has drawn everything that it was asked for. */
export async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() => window.chengma?.map.loaded() && !window.chengma.map.isMoving());
  await page.evaluate(() => new Promise<void>((resolve) => {
    const { map } = window.chengma;
    void map.once('idle', () => resolve());
    map.triggerRepaint();
  }));
}

/** Codes of the things that a style layer shows on the screen. */
export function onScreen(page: Page, layer: string): Promise<string[]> {
  return page.evaluate((id) => [...new Set(window.chengma.map.queryRenderedFeatures({ layers: [id] }).map((f) => String(f.properties['code'])))].sort(), layer);
}

/** How many different colours the middle of the map shows; a blank one shows one. */
export function colours(page: Page): Promise<number> {
  return page.evaluate(() => new Promise<number>((resolve) => {
    const { map } = window.chengma;
    void map.once('render', () => {
      const canvas = map.getCanvas();
      const gl = canvas.getContext('webgl2');
      if (!gl) return resolve(0);
      const [w, h] = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
      const pixels = new Uint8Array(w * h * 4);
      gl.readPixels(w >> 1, h >> 1, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      const seen = new Set<number>();
      for (let i = 0; i < pixels.length; i += 4) seen.add(((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0));
      resolve(seen.size);
    });
    map.triggerRepaint();
  }));
}

/** A point of the screen where nothing but one building is, with its code. */
export function somewhereOn(page: Page, layer: string): Promise<{ x: number; y: number; code: string } | null> {
  return page.evaluate((id) => {
    const { map } = window.chengma;
    const { clientWidth, clientHeight } = map.getCanvas();
    const small = map.getStyle().layers.filter((l) => l.type === 'circle' || l.type === 'symbol').map((l) => l.id);
    for (let y = clientHeight * 0.3; y < clientHeight * 0.7; y += 9) {
      for (let x = clientWidth * 0.35; x < clientWidth * 0.7; x += 9) {
        const box: [[number, number], [number, number]] = [[x - 4, y - 4], [x + 4, y + 4]];
        if (map.queryRenderedFeatures([x, y], { layers: [id] }).length === 0 || map.queryRenderedFeatures(box, { layers: small }).length > 0) continue;
        const codes = new Set(map.queryRenderedFeatures(box, { layers: [id] }).map((f) => String(f.properties['code'])));
        const [code] = codes;
        if (codes.size === 1 && code) return { x, y, code };
      }
    }
    return null;
  }, layer);
}
