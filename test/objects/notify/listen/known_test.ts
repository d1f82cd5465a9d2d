import assert from "node:assert/strict";
import fc from "fast-check";
import type { ObjectEvent } from "../../../../src/objects/notify/listen/event.ts";
import { KnownObjects } from "../../../../src/objects/notify/listen/known.ts";
import type { ObjectEntry } from "../../../../src/objects/pages.ts";

const KEYS = ["a", "b", "c"];

/** More than the times of events and listings are taken to differ by. */
const STEP = 10_000;

interface Told {
  readonly kind: string;
  readonly key: string;
  readonly etag: string | undefined;
  readonly time: number;
}

/** A bucket, its changes with the events that they cause, and what is told of them. */
class World {
  now = 0;
  readonly objects = new Map<string, { etag: string; time: number }>();
  readonly told: Told[] = [];
  readonly known = new KnownObjects({ now: () => this.now });
  #count = 0;

  change(key: string, what: "put" | "delete"): ObjectEvent {
    this.now += STEP;
    const etag = what === "put" ? `e${++this.#count}` : this.objects.get(key)?.etag;
    if (what === "put") this.objects.set(key, { etag: etag!, time: this.now });
    else this.objects.delete(key);
    return {
      id: "",
      kind: what === "put" ? "created" : "removed",
      name: what === "put" ? "ObjectCreated:Put" : "ObjectRemoved:Delete",
      bucket: "b",
      key,
      time: this.now,
      size: 1,
      etag,
      versionId: undefined,
    };
  }

  deliver(event: ObjectEvent): void {
    if (this.known.hasTold(event)) return;
    this.told.push(event);
    this.known.take(event);
  }

  async reconcile(told: "tell" | "only-learn" = "tell"): Promise<void> {
    this.now += STEP;
    for await (const change of this.known.reconcile(entriesOf(this.objects), told)) {
      this.told.push(change);
    }
  }
}

async function* entriesOf(
  objects: ReadonlyMap<string, { etag: string; time: number }>,
): AsyncGenerator<ObjectEntry> {
  await Promise.resolve();
  for (const [key, { etag, time }] of [...objects].sort()) {
    yield {
      kind: "object",
      key,
      size: 1,
      etag,
      lastModified: new Date(time),
      storageClass: undefined,
    };
  }
}

const step = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ do: "list" as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("put" as const, "delete" as const),
      key: fc.constantFrom(...KEYS),
      event: fc.constantFrom("arrives" as const, "is-lost" as const, "is-late" as const),
    }),
  },
);

Deno.test("whatever is lost or late, the last state of every object is told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = new World();
      world.change("a", "put");
      await world.reconcile("only-learn");
      assert.deepEqual(world.told, []);
      const late: ObjectEvent[] = [];
      const touched = new Set<string>();
      for (const each of steps) {
        if (each.do === "list") {
          await world.reconcile();
          continue;
        }
        touched.add(each.key);
        const event = world.change(each.key, each.do);
        if (each.event === "arrives") world.deliver(event);
        if (each.event === "is-late") late.push(event);
      }
      for (const event of late) world.deliver(event);
      await world.reconcile();
      for (const key of touched) checkLast(world, key);
      const before = world.told.length;
      await world.reconcile();
      assert.equal(world.told.length, before, "a listing tells nothing twice");
    }),
    { numRuns: 500 },
  );
});

/** What is told last of `key` is how it is; of what came and went unseen nothing need be told. */
function checkLast(world: World, key: string): void {
  const told = world.told.filter((each) => each.key === key);
  const object = world.objects.get(key);
  if (object !== undefined) {
    assert.ok(told.some(({ kind, etag }) => kind === "created" && etag === object.etag), key);
    return;
  }
  const created = told.filter(({ kind }) => kind === "created").map(({ time }) => time);
  const removed = told.filter(({ kind }) => kind === "removed").map(({ time }) => time);
  if (created.length > 0 || key === "a") {
    assert.ok(Math.max(...removed, -1) > Math.max(...created, 0), key);
  }
}

Deno.test("an event that a listing has told of is repeated, a later one is not", async () => {
  const world = new World();
  await world.reconcile("only-learn");
  const put = world.change("a", "put");
  await world.reconcile();
  assert.ok(world.known.hasTold(put));
  assert.ok(!world.known.hasTold({ ...put, etag: "other" }));
  assert.ok(!world.known.hasTold({ ...put, time: put.time + STEP }), "the same bytes once more");
  const gone = world.change("a", "delete");
  await world.reconcile();
  assert.ok(world.known.hasTold(gone));
  assert.ok(!world.known.hasTold({ ...gone, time: world.now + STEP }));
});

Deno.test("what a listing told of is repeated also after the object is gone", async () => {
  const world = new World();
  await world.reconcile("only-learn");
  const put = world.change("b", "put");
  await world.reconcile();
  world.deliver(world.change("b", "delete"));
  assert.ok(world.known.hasTold(put));
  world.deliver(put);
  await world.reconcile();
  assert.deepEqual(world.told.map(({ kind }) => kind), ["created", "removed"]);
});

Deno.test("a late event does not bring back what is gone", async () => {
  const world = new World();
  await world.reconcile("only-learn");
  const put = world.change("b", "put");
  world.deliver(world.change("b", "delete"));
  world.deliver(put);
  await world.reconcile();
  assert.deepEqual(world.told.map(({ kind }) => kind), ["removed", "created"]);
});

Deno.test("the same bytes written again are told by a listing", async () => {
  const world = new World();
  world.change("a", "put");
  await world.reconcile("only-learn");
  world.now += STEP;
  world.objects.set("a", { etag: "e1", time: world.now });
  await world.reconcile();
  assert.deepEqual(world.told.map(({ kind, key }) => [kind, key]), [["created", "a"]]);
});

Deno.test("an object whose event may be under way is left to the next listing", async () => {
  const world = new World();
  await world.reconcile("only-learn");
  const put = world.change("a", "put");
  const young = world.known.reconcile(entriesOf(world.objects), "tell", () => false);
  assert.deepEqual(await Array.fromAsync(young), []);
  world.deliver(put);
  await world.reconcile();
  assert.equal(world.told.length, 1);
});

Deno.test("events during a listing are not undone by what it read before", async () => {
  const world = new World();
  world.change("a", "put");
  await world.reconcile("only-learn");
  const old = new Map(world.objects);
  const events = [world.change("a", "put"), world.change("b", "put")];
  async function* listing() {
    for (const event of events) world.deliver(event);
    yield* entriesOf(old);
  }
  assert.deepEqual(await Array.fromAsync(world.known.reconcile(listing(), "tell")), []);
  await world.reconcile();
  assert.equal(world.told.length, 2);
});

Deno.test("the removal of an old version is no removal of the object", async () => {
  const world = new World();
  world.change("a", "put");
  world.change("b", "put");
  await world.reconcile("only-learn");
  for (const key of ["a", "b"]) world.deliver({ ...world.change(key, "delete"), versionId: "v" });
  world.objects.set("a", { etag: "e1", time: STEP });
  await world.reconcile();
  assert.deepEqual(world.told.map(({ key }) => key), ["a", "b"]);
  assert.equal(world.known.size, 1);
});
