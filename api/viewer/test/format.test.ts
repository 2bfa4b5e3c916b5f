import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeNumber, plainCode } from '../src/code.ts';
import { csv } from '../src/csv.ts';
import { formatInstant, formatInterval, formatValue, say, unitName } from '../src/format.ts';
import { readersLang, translate } from '../src/i18n.ts';

const title = { zh: '建筑高度', en: 'Height' };

test('values have their units, in the language of the reader', () => {
  assert.equal(formatValue('height', 46.2, { title, unit: 'm' }, 'en', 'UTC'), '46.2 m');
  assert.equal(formatValue('area', 1234567.5, { title, unit: 'm2' }, 'en', 'UTC'), '1,234,567.5 m²');
  assert.equal(formatValue('price', 120000, { title, unit: '{CNY}' }, 'zh', 'UTC'), '120,000 元');
  assert.equal(formatValue('use', 'office', { title, value: { zh: '办公', en: 'Office' } }, 'zh', 'UTC'), '办公');
  assert.equal(formatValue('lift', true, undefined, 'en', 'UTC'), 'Yes');
  assert.equal(formatValue('height', 0, { title, unit: 'm' }, 'en', 'UTC'), '0 m');
});

test('years and numbers that are names have no separators', () => {
  assert.equal(formatValue('year_built', 2004, { title, unit: 'a' }, 'en', 'UTC'), '2004');
  assert.equal(formatValue('nominal_floor', 1001, { title }, 'en', 'UTC'), '1001');
  assert.equal(formatValue('floor_area', 11028.7, { title, unit: 'm2' }, 'en', 'UTC'), '11,028.7 m²');
  assert.equal(formatValue('completed_on', '2001-03-23', { title }, 'en', 'UTC'), '23 Mar 2001');
});

test('what is not there is not shown', () => {
  for (const nothing of [null, undefined, '']) assert.equal(formatValue('name', nothing, undefined, 'en', 'UTC'), null);
});

test('units', () => {
  assert.equal(unitName('a', 'zh'), '年');
  assert.equal(unitName('kW', 'en'), 'kW');
  assert.equal(unitName('{JPY}', 'zh'), 'JPY');
  assert.equal(unitName(null, 'en'), '');
});

test('instants are local days; midnight is not said', () => {
  assert.equal(formatInstant('2004-05-31T16:00:00Z', 'en', 'Asia/Shanghai'), '1 Jun 2004');
  assert.equal(formatInstant('2004-05-31T16:00:00Z', 'zh', 'Asia/Shanghai'), '2004年6月1日');
  assert.equal(formatInstant('2004-05-31T17:30:00Z', 'en', 'Asia/Shanghai'), '1 Jun 2004 01:30');
  assert.equal(formatInterval('2004-05-31T16:00:00Z', null, 'en', 'Asia/Shanghai'), 'since 1 Jun 2004');
  assert.equal(formatInterval(null, null, 'en', 'UTC'), 'always');
});

test('city codes: the vectors of the design', () => {
  for (const [code, n] of [['B00000000013', 562949953421313], ['B00003NQK8NP', 562950076878101], ['L7ZZZZZZZZZJ', 562949953421311], ['P00000MZCC0R', 1407374905553280], ['E0000XDWT5HU', 1688850847918257]] as const) {
    assert.equal(codeNumber(code), n, code);
  }
  assert.equal(plainCode('b-00003-nqk8n-p'), 'B00003NQK8NP');
  for (const other of ['', 'B0000', 'Z00003NQK8NP', '4403040010020300015', 'B00000000000']) assert.equal(codeNumber(other), null, other);
});

test('CSV: quotes, formulas, nothing', () => {
  assert.equal(csv(['a', 'b'], [['x,"y"', null], ['=1+1', -2], ['-3', '-x']]), '\ufeffa,b\r\n"x,""y""",\r\n\'=1+1,-2\r\n-3,\'-x\r\n');
});

test('texts', () => {
  assert.equal(translate('en', 'nothingFound', { q: 'x' }), 'Nothing found for “x”');
  assert.equal(translate('zh', 'revision', { n: 42 }), '版本 42');
  assert.equal(readersLang(['fr-FR', 'zh-TW', 'en']), 'zh');
  assert.equal(readersLang(['ja']), 'en');
  assert.equal(say({ zh: '楼', en: '' }, 'en'), '楼');
});
