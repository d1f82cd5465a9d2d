import assert from "node:assert/strict";
import {
  coversRemovals,
  EVENT_WORDS,
  parseEvents,
  wordOfEvent,
} from "../../../src/objects/notify/events.ts";

Deno.test("events are named in words or in full", () => {
  assert.deepEqual(parseEvents("created, removed"), ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]);
  assert.deepEqual(parseEvents("CREATED,s3:ObjectCreated:*,put"), [
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
  ]);
  assert.deepEqual(parseEvents("s3:ObjectSynced:Create"), ["s3:ObjectSynced:Create"]);
  for (const [word, name] of Object.entries(EVENT_WORDS)) {
    assert.deepEqual(parseEvents(word), parseEvents(name));
    assert.equal(wordOfEvent(name), word);
  }
  assert.equal(wordOfEvent("s3:ObjectSynced:Create"), "s3:ObjectSynced:Create");
});

Deno.test("what is no event is refused with the nearest word", () => {
  assert.throws(() => parseEvents("createt"), { tag: "usage", hint: "Did you mean created?" });
  assert.throws(() => parseEvents(" , "), { tag: "usage", message: "no event is named" });
  assert.throws(() => parseEvents("s3:<x>"), { tag: "usage", hint: /created, put, / });
});

Deno.test("removals by a request are told from those of a lifecycle", () => {
  assert.equal(coversRemovals(parseEvents("created,marker")), true);
  assert.equal(coversRemovals(parseEvents("created,expired")), false);
});
