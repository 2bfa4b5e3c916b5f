// The page in a real browser, before the real program with a synthetic city.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { colours, drawn, onScreen, somewhereOn, startBrowser, visit, type Visit, type VisitOptions } from './browser.ts';
import { startServer, type Running } from './server.ts';

const program = process.env['CHENGMA'];
const shots = process.env['CHENGMA_SHOTS'];

/** Keeps a picture of the page where somebody asked for pictures. */
async function shoot(page: Page, name: string): Promise<void> {
  const image = await page.screenshot();
  assert.ok(image.length > 10_000, `the picture ${name} has ${image.length} bytes`);
  if (shots) await writeFile(join(shots, name), image);
}

interface Items { features: { id: string; properties: Record<string, string | number | null> }[] }

describe('the page', { skip: program ? false : 'CHENGMA names no program; scripts/test-browser does' }, () => {
  let server: Running;
  let browser: Browser;
  const open: Visit[] = [];

  before(async () => {
    server = await startServer(program ?? '', 8000);
    browser = await startBrowser();
  }, { timeout: 200_000 });
  after(async () => {
    await browser?.close();
    await server?.stop();
  }, { timeout: 60_000 });

  async function show(query: string, options: Partial<VisitOptions> = {}): Promise<Visit> {
    for (const v of open.splice(0)) await v.close();
    const v = await visit(browser, { url: server.url + query, ...options });
    open.push(v);
    return v;
  }
  const get = async <T>(path: string): Promise<T> => (await (await fetch(server.url + path, { headers: { Accept: 'application/json' } })).json()) as T;
  /** Waits for a request for a tile whose address has a text in it. */
  const tiles = (page: Page, text: string) => page.waitForRequest((r) => /\.mvt/.test(r.url()) && decodeURIComponent(r.url()).includes(text));
  const it_ = (name: string, run: () => Promise<void>) => it(name, { timeout: 90_000 }, run);

  it_('shows something at once and the city soon after', async () => {
    const { page, complaints } = await show('');
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity);
    assert.ok(Number.isFinite(paint), 'nothing was painted');
    await drawn(page);
    const n = await colours(page);
    assert.ok(n > 50, `the map shows ${n} colours`);
    assert.ok((await onScreen(page, 'building')).length > 50);
    assert.match(await page.locator('#corner').innerText(), /Revision \d+/);
    assert.ok(await page.locator('.maplibregl-ctrl-scale').isVisible() && await page.locator('.maplibregl-ctrl-compass').isVisible());
    await shoot(page, 'city.png');
    assert.deepEqual(complaints, []);
  });

  it_('a legend says what is drawn', async () => {
    const { page } = await show('?lang=en&theme=height');
    await drawn(page);
    await page.waitForSelector('.legend li');
    const keys = await page.locator('.legend div:has(h4:text("Buildings")) li').evaluateAll((rows) => rows.map((r) => r.getAttribute('data-key') ?? ''));
    const heights = await page.evaluate(() => window.chengma.map.queryRenderedFeatures({ layers: ['building'] }).map((f) => f.properties['height'] as number | undefined));
    const steps = [0, 12, 27, 54, 100, 200];
    const expected = new Set(heights.map((h) => (h === undefined ? '' : String(steps.filter((s) => s <= h).pop()))));
    assert.deepEqual(new Set(keys), expected);
    await page.locator('#panel label', { hasText: 'By use' }).click();
    await page.waitForSelector('.legend li[data-key=living]');
    assert.match(page.url(), /theme=use/);
  });

  it_('a click on a building opens its card: official alias first, then all that is known', async () => {
    const { page, complaints } = await show('?lang=en');
    await drawn(page);
    const place = await somewhereOn(page, 'building');
    assert.ok(place, 'no building to click on');
    await page.mouse.click(place.x, place.y);
    await page.waitForSelector(`#card[data-code="${place.code}"] .versions li`);
    const entity = await get<{ display: string; title: string; official: { value: string }; properties: Record<string, unknown> }>(`entities/${place.code}`);
    const card = page.locator('#card');
    const codes = await card.locator('header code').allInnerTexts();
    assert.deepEqual(codes, [entity.official.value, entity.display]);
    assert.equal(await card.locator('h2').innerText(), entity.title);
    assert.match(await card.locator('[data-field=height] dd').innerText(), new RegExp(`^${entity.properties['height']} m$`));
    assert.ok((await card.locator('[data-role=on][data-kind=land] li').count()) >= 1, 'no land above');
    assert.ok(page.url().includes(`code=${place.code}`));
    const call = await card.locator('a.api').getAttribute('href');
    assert.equal((await fetch(call ?? '')).status, 200);
    const [selected] = await page.evaluate((code) => window.chengma.map.queryRenderedFeatures({ layers: ['building'] }).filter((f) => f.properties['code'] === code).map((f) => f.state['selected']), place.code);
    assert.equal(selected, true, 'the building is not marked');
    await shoot(page, 'card.png');
    await page.goBack();
    await page.waitForSelector('#card', { state: 'hidden' });
    assert.deepEqual(complaints, []);
  });

  it_('units are listed page by page', async () => {
    const { features } = await get<Items>('collections/building/items?limit=1&sortby=-housing_count');
    const code = features[0]?.id ?? '';
    const { linkCounts } = await get<{ linkCounts: Record<string, number> }>(`entities/${code}`);
    const count = linkCounts['in:in:housing'] ?? 0;
    assert.ok(count > 8, 'no building with many units');
    const { page } = await show(`?lang=en&code=${code}`);
    const group = page.locator('[data-role=in][data-kind=housing]');
    await group.locator('.more').click();
    await page.waitForFunction((n) => document.querySelectorAll('[data-role=in][data-kind=housing] li').length === n, Math.min(count, 58));
    const download = page.waitForEvent('download');
    await group.locator('h3 button').click();
    const file = await (await download).createReadStream();
    let text = '';
    for await (const chunk of file) text += String(chunk);
    assert.equal(text.trim().split('\r\n').length, count + 1);
    await group.locator('li button').first().click();
    await page.waitForFunction((before) => document.querySelector<HTMLElement>('#card')?.dataset['code'] !== before, code);
    assert.match(new URL(page.url()).searchParams.get('code') ?? '', /^H/);
  });

  it_('a search by part of an address, by another code and by city code leads to the place', async () => {
    const { features } = await get<Items>('collections/building/items?limit=40');
    const building = features.find((f) => f.properties['full_address'] && f.properties['name'])?.id ?? '';
    const entity = await get<{ title: string; display: string; official: { value: string }; point: [number, number]; properties: { full_address: string } }>(`entities/${building}`);
    const { page } = await show('?lang=en&view=13/10/10');
    await page.waitForFunction(() => window.chengma !== undefined);
    for (const text of [entity.official.value, entity.display.toLowerCase()]) {
      await page.keyboard.press('/');
      await page.locator('#search input').fill(text);
      await page.waitForSelector('#results [role=option]');
      await page.keyboard.press('Enter');
      await page.waitForSelector(`#card[data-code="${building}"]`);
      await drawn(page);
      const seen = await page.evaluate((p) => window.chengma.map.getBounds().contains(p), entity.point);
      assert.ok(seen, `${text}: the map did not go there`);
      await page.keyboard.press('Escape');
      await page.waitForSelector('#card', { state: 'hidden' });
    }
    await page.locator('#search input').fill(entity.properties.full_address.slice(-8));
    await page.waitForSelector('#results [role=option]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.locator('#results [aria-selected=true]').count(), 1);
    await shoot(page, 'search.png');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#card header code');
  });

  it_('a code with a typing error is explained', async () => {
    const { features } = await get<Items>('collections/building/items?limit=1');
    const code = features[0]?.id ?? '';
    const wrong = code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
    const { page } = await show('?lang=en');
    await page.locator('#search input').fill(wrong);
    await page.waitForFunction(() => /check character/i.test(document.querySelector('#results .message')?.textContent ?? ''));
    await page.locator('#search input').fill('qqqqzzzz');
    await page.waitForFunction(() => /Nothing found for “qqqqzzzz”/.test(document.querySelector('#results .message')?.textContent ?? ''));
    await page.goto(`${server.url}?lang=zh&code=${wrong}`);
    await page.waitForSelector('#card .problem');
    assert.match(await page.locator('#card').innerText(), /校验/);
  });

  it_('the city changes with time', async () => {
    const { page, complaints } = await show('?lang=en');
    await drawn(page);
    const now = await onScreen(page, 'building');
    const view = new URL(page.url()).searchParams.get('view');
    const asked = tiles(page, 'datetime=2005-12-31T16');
    await page.locator('#timebar input[type=date]').fill('2006-01-01');
    await page.waitForFunction(() => location.search.includes('datetime=2006-01-01'));
    await asked;
    await drawn(page);
    const then = await onScreen(page, 'building');
    assert.notDeepEqual(then, now);
    const built = now.filter((code) => !then.includes(code));
    assert.ok(built.length > 0, 'nothing was built in twenty years');
    for (const code of built.slice(0, 5)) {
      const { versions } = await get<{ versions: { valid: { from: string; to: string | null }; current: boolean }[] }>(`entities/${code}/history`);
      assert.ok(versions.filter((v) => v.current).every((v) => v.valid.from > '2005-12-31T16:00:00Z'), `${code} was there in 2006, and was not drawn`);
    }
    assert.match(await page.locator('#corner').innerText(), /1 Jan 2006/);
    await shoot(page, '2006.png');

    const code = built[0] ?? '';
    await page.goto(`${server.url}?lang=en&datetime=2006-01-01&code=${code}&view=${view}`);
    await page.waitForSelector('#card .note');
    assert.match(await page.locator('#card .note').innerText(), /Not there at this time/);
    await drawn(page);
    const askedAgain = tiles(page, 'datetime=20');
    await page.locator('#card .note button').click();
    await page.waitForFunction(() => !location.search.includes('datetime=2006-01-01'));
    await askedAgain;
    await drawn(page);
    assert.ok((await onScreen(page, 'building')).includes(code), 'the building did not appear');
    assert.deepEqual(complaints, []);
  });

  it_('time moves by keys and by itself', async () => {
    const { page } = await show('?lang=en&datetime=2010-06-15');
    await drawn(page);
    await page.keyboard.press('[');
    await page.waitForFunction(() => location.search.includes('datetime=2009-06-15'));
    await page.locator('#timebar select').selectOption('month');
    await page.locator('#timebar input[type=range]').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => location.search.includes('datetime=2009-07-15'));
    await page.locator('#timebar button[title=Play]').click();
    await page.waitForFunction(() => location.search.includes('datetime=2009-09-15'));
    await page.locator('#timebar button[title=Pause]').click();
    await page.locator('#timebar .now').click();
    await page.waitForFunction(() => !location.search.includes('datetime='));
  });

  it_('an older revision shows the city as it was known', async () => {
    const { page } = await show('?lang=en&known-at=1');
    await page.waitForFunction(() => /as known at Revision 1$/.test(document.querySelector('#corner')?.textContent ?? ''));
    await page.goto(`${server.url}?lang=en`);
    await drawn(page);
    await page.locator('#panel summary').click();
    await page.locator('#known-at').fill('yesterday');
    await page.keyboard.press('Enter');
    assert.match(await page.locator('#known-help').innerText(), /revision number/);
    await page.locator('#known-at').fill('99999999');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice.large');
    assert.match(await page.locator('.notice.large').innerText(), /revision/i);
  });

  it_('the whole page changes its language, and the address says so', async () => {
    const { page, complaints } = await show('', { locale: 'zh-CN' });
    await drawn(page);
    assert.equal(await page.locator('#timebar .now').innerText(), '现在');
    const place = await somewhereOn(page, 'building');
    assert.ok(place);
    await page.mouse.click(place.x, place.y);
    await page.waitForSelector('#card .versions li');
    assert.match(await page.locator('#card').innerText(), /登记内容/);
    await shoot(page, 'zh.png');
    await page.locator('#tool-lang').click();
    await page.waitForFunction(() => location.search.includes('lang=en') && /Facts/.test(document.querySelector('#card')?.textContent ?? ''));
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.deepEqual(complaints, []);
  });

  it_('dark, and a link that shows another person the same city', async () => {
    const { page } = await show('?lang=en', { scheme: 'dark' });
    await drawn(page);
    assert.equal(await page.locator('html').getAttribute('data-scheme'), 'dark');
    await shoot(page, 'dark.png');
    await page.locator('#panel [data-layer=district]').click();
    await page.locator('#panel label', { hasText: 'By height' }).click();
    await page.keyboard.press('[');
    await page.evaluate(() => window.chengma.map.jumpTo({ zoom: 15.5, bearing: 30, pitch: 20 }));
    await page.waitForFunction(() => /datetime=.*theme=height.*off=district&view=15.5/.test(location.search));
    const url = page.url();
    const other = await show(url.slice(server.url.length));
    await drawn(other.page);
    assert.equal(other.page.url(), url);
    assert.equal(await other.page.locator('#panel [data-layer=district]').isChecked(), false);
    assert.deepEqual(await onScreen(other.page, 'district'), []);
    assert.equal(await other.page.evaluate(() => Math.round(window.chengma.map.getBearing())), 30);
  });

  it_('a key opens more; a wrong one is refused in words', async () => {
    const { page } = await show('?lang=en');
    await drawn(page);
    await page.locator('#panel summary').click();
    await page.locator('#access-key').fill(server.key);
    const sent = page.waitForRequest((r) => r.url().includes('/layers.json') && r.headers()['authorization'] === `Bearer ${server.key}`);
    await page.keyboard.press('Enter');
    await sent;
    const tile = await page.waitForRequest((r) => r.url().includes('.mvt'));
    assert.equal((await tile.allHeaders())['authorization'], `Bearer ${server.key}`);
    await page.locator('#access-key').fill('cm_wrong');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /unknown or has expired/.test(document.querySelector('#notices')?.textContent ?? ''));
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  it_('a phone shows the same things', async () => {
    const { page, complaints } = await show('?lang=zh', { width: 390, height: 844, phone: true });
    await drawn(page);
    const place = await somewhereOn(page, 'building');
    assert.ok(place, 'no building to tap on');
    await page.touchscreen.tap(place.x, place.y);
    await page.waitForSelector('#card .versions li');
    const box = await page.locator('#card').boundingBox();
    assert.ok(box && box.x === 0 && box.width === 390 && box.y > 400 && Math.round(box.y + box.height) === 844, `the card is a sheet at the bottom: ${JSON.stringify(box)}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await shoot(page, 'phone.png');
    await page.locator('#card .grip').click();
    await page.waitForFunction(() => (document.querySelector('#card')?.getBoundingClientRect().height ?? 0) > 600);
    await page.locator('#card .closer').click();
    await page.waitForSelector('#card', { state: 'hidden' });
    assert.deepEqual(complaints, []);
  });

  it_('a server that is lost, and a city that has changed, are said to be', async () => {
    const { page } = await show('?lang=en');
    await drawn(page);
    await page.context().setOffline(true);
    await page.locator('#search input').fill('abc');
    await page.waitForFunction(() => /does not answer/.test(document.querySelector('#results')?.textContent ?? ''));
    await page.context().setOffline(false);
    await page.route('**/search*', (route) => route.fulfill({ json: { results: [] }, headers: { 'City-Revision': '1000000' } }));
    await page.locator('#search input').fill('abcd');
    await page.waitForFunction(() => /has changed: revision 1000000/.test(document.querySelector('#notices')?.textContent ?? ''));
    await page.route('**/layers.json*', (route) => route.abort());
    await page.reload();
    await page.waitForSelector('.notice.large button');
    await page.unroute('**/layers.json*');
    await page.locator('.notice.large button').click();
    await drawn(page);
    assert.equal(await page.locator('.notice.large').count(), 0);
  });
});
