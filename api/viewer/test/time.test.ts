import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asDatetime, asDay, dayNumber, dayOf, dayOfNumber, instantOf, isDay, isTime, stepDay, scaleFrom, yearMarks } from '../src/time.ts';

test('a day is a day of the calendar', () => {
  assert.equal(isDay('2024-02-29'), true);
  assert.equal(isDay('2023-02-29'), false);
  assert.equal(isDay('2023-2-3'), false);
  assert.equal(isDay('0001-01-01'), true);
});

test('a time is a day or an instant with its offset', () => {
  assert.equal(isTime('2004-05-31T16:00:00Z'), true);
  assert.equal(isTime('2004-05-31T16:00:00+08:00'), true);
  assert.equal(isTime('2004-05-31T16:00:00'), false);
  assert.equal(isTime('2004/05/31'), false);
  assert.equal(isTime(''), false);
});

test('a day begins at local midnight', () => {
  for (const [day, zone, instant] of [
    ['2004-06-01', 'Asia/Shanghai', '2004-05-31T16:00:00Z'],
    ['1988-07-01', 'Asia/Shanghai', '1988-06-30T15:00:00Z'], // summer time was kept in China from 1986 to 1991
    ['2024-03-31', 'Europe/Prague', '2024-03-30T23:00:00Z'],
    ['2024-04-01', 'Europe/Prague', '2024-03-31T22:00:00Z'],
    ['2020-03-31', 'UTC', '2020-03-31T00:00:00Z'],
  ] as const) {
    assert.equal(instantOf(day, zone), instant, `${day} ${zone}`);
    assert.equal(dayOf(instant, zone), day, `${instant} ${zone}`);
    assert.notEqual(dayOf(Date.parse(instant) - 1, zone), day, `a millisecond before ${instant}`);
  }
});

test('each day of sixty years comes back from its number and its instant', () => {
  for (let n = dayNumber('1970-01-01'); n < dayNumber('2030-01-01'); n += 7) {
    const day = dayOfNumber(n);
    assert.equal(dayNumber(day), n);
    assert.equal(dayOf(instantOf(day, 'Asia/Shanghai'), 'Asia/Shanghai'), day);
  }
});

test('what is sent and what is shown', () => {
  assert.equal(asDatetime('2004-06-01', 'Asia/Shanghai'), '2004-05-31T16:00:00Z');
  assert.equal(asDatetime('2004-05-31T17:30:00Z', 'Asia/Shanghai'), '2004-05-31T17:30:00Z');
  assert.equal(asDay('2004-05-31T17:30:00Z', 'Asia/Shanghai', 0), '2004-06-01');
  assert.equal(asDay(null, 'Asia/Shanghai', Date.parse('2025-12-31T20:00:00Z')), '2026-01-01');
});

test('steps', () => {
  assert.equal(stepDay('2024-02-29', 'year', 1), '2025-02-28');
  assert.equal(stepDay('2024-01-31', 'month', 1), '2024-02-29');
  assert.equal(stepDay('2024-01-31', 'month', -2), '2023-11-30');
  assert.equal(stepDay('2024-01-01', 'day', -1), '2023-12-31');
  assert.equal(stepDay('2024-06-15', 'year', -24), '2000-06-15');
});

test('marks are round years, and not too many', () => {
  assert.deepEqual(yearMarks('2006-03-01', '2026-11-20', 9), [2010, 2015, 2020, 2025]);
  assert.deepEqual(yearMarks('2020-01-01', '2024-05-01', 9), [2020, 2021, 2022, 2023, 2024]);
  assert.ok(yearMarks('1066-01-01', '2026-01-01', 5).length <= 6);
});

test('a scale does not begin with one old house', () => {
  assert.equal(scaleFrom('2006-03-01', '2026-11-20'), '2006-03-01');
  assert.equal(scaleFrom('1874-06-26', '2026-11-20'), '1986-11-20');
});
