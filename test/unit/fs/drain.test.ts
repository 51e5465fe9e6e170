import { expect, test } from 'vitest';
import { type Call, drain } from '../../../src/fs/drain.js';

/** A file system on which a call takes so many milliseconds; notes what was done, and how many calls were under way at once. */
function slowSystem(milliseconds: number, failing: number | null = null) {
  const seen = { now: [] as number[], begun: [] as number[], ended: [] as number[], most: 0 };
  let underWay = 0;
  const call: Call<number> = {
    now(item) {
      seen.now.push(item);
      for (const started = performance.now(); performance.now() - started < milliseconds; );
      if (item === failing) throw new Error('refused');
    },
    begin(item, done) {
      seen.begun.push(item);
      seen.most = Math.max(seen.most, (underWay += 1));
      setTimeout(() => {
        underWay -= 1;
        seen.ended.push(item);
        done(item === failing ? new Error('refused') : undefined);
      }, milliseconds);
    },
  };
  return { seen, call };
}

const items = Array.from({ length: 500 }, (_, at) => at);

test('calls that are answered at once are made one after another, in order', async () => {
  const { seen, call } = slowSystem(0);
  await drain(items, call);
  expect(seen.now).toEqual(items);
});

test('calls that take their time are soon made many at once, each once', async () => {
  const { seen, call } = slowSystem(2);
  await drain(items, call);
  expect([...seen.now, ...seen.ended].sort((a, b) => a - b)).toEqual(items);
  expect(seen.now.length).toBeLessThan(32);
  expect(seen.most).toBe(64);
});

test('a disk that is slow for ten calls is not taken for a slow one', async () => {
  const { seen: { now }, call: quick } = slowSystem(0);
  const { seen, call: slow } = slowSystem(2);
  await drain(items, { ...slow, now: (item) => (item >= 100 && item < 110 ? slow : quick).now(item) });
  expect(now.length + seen.now.length).toBe(items.length);
  expect(seen.begun).toEqual([]);
});

test('a list that grows meanwhile is done to its end', async () => {
  const { seen, call } = slowSystem(2);
  const growing = items.slice(0, 40);
  await drain(growing, { ...call, begin: (item, done) => call.begin(item, (error) => {
    if (growing.length < 300) growing.push(growing.length);
    done(error);
  }) });
  expect([...seen.now, ...seen.ended].sort((a, b) => a - b)).toEqual(items.slice(0, growing.length));
  expect(growing.length).toBe(300);
});

test.each([['soon', 0, 3], ['while many are under way', 2, 100]])('after a failure %s nothing more is begun, and what was under way has ended', async (_, milliseconds, failing) => {
  const { seen, call } = slowSystem(milliseconds, failing);
  await expect(drain(items, call)).rejects.toThrow('refused');
  expect(seen.ended.length).toBe(seen.begun.length);
  expect(seen.now.length + seen.begun.length).toBeLessThan(failing + 70);
});
