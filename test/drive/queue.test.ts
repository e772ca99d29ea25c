import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Queue } from "../../src/drive/queue.ts";

interface Item {
  readonly number: number;
}

function filled(count: number): { queue: Queue<Item>; items: readonly Item[] } {
  const queue = new Queue<Item>();
  const items = Array.from({ length: count }, (_, number) => ({ number }));
  for (const item of items) queue.add(item);
  return { queue, items };
}

describe("Queue", () => {
  test("take() gives who came first, and nobody when there is nobody", () => {
    const { queue, items } = filled(2);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([items[0], items[1], undefined]);
    expect(queue.size).toBe(0);
  });

  test("delete() lets somebody leave from the front, the middle and the end", () => {
    const { queue, items: [first, second, third, fourth] } = filled(4);
    for (const item of [third, fourth, first]) if (item !== undefined) queue.delete(item);
    expect(queue.size).toBe(1);
    expect(queue.take()).toBe(second);
  });

  test("delete() of somebody who has left does nothing", () => {
    const { queue, items: [first] } = filled(3);
    queue.take();
    if (first !== undefined) queue.delete(first);
    expect(queue.size).toBe(2);
  });

  test("clear() empties it and tells who waited, in order", () => {
    const { queue, items } = filled(3);
    queue.take();
    expect(queue.clear()).toEqual(items.slice(1));
    expect(queue.size).toBe(0);
    expect(queue.take()).toBeUndefined();
  });

  test("Queue does what a list does, however long it gets and whoever leaves", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant("add"), many: fc.nat(100) }) },
      { weight: 4, arbitrary: fc.record({ type: fc.constant("take"), many: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("delete"), many: fc.nat(300) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant("clear"), many: fc.constant(0) }) },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new Queue<Item>();
      let list: Item[] = [];
      let number = 0;
      for (const { type, many } of steps) {
        if (type === "add") {
          for (let n = 0; n < many; n++) {
            const item = { number: number++ };
            queue.add(item);
            list.push(item);
          }
        } else if (type === "take") {
          for (let n = 0; n < many; n++) expect(queue.take()).toBe(list.shift());
        } else if (type === "delete") {
          const item = list[many % Math.max(1, list.length)] ?? { number: -1 };
          queue.delete(item);
          list = list.filter((other) => other !== item);
        } else {
          expect(queue.clear()).toEqual(list);
          list = [];
        }
        expect(queue.size).toBe(list.length);
      }
      expect(queue.clear()).toEqual(list);
    }));
  });
});
