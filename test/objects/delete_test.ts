import assert from "node:assert/strict";
import { PartialError } from "../../src/errors.ts";
import { deleteObjects } from "../../src/objects/delete.ts";
import { listObjects } from "../../src/objects/list.ts";
import { closeClients } from "../../src/store/client.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { awsHome, s3Error, scriptedServer, thrownBy, xml } from "../store/scripted.ts";
import { embeddedStore } from "./embedded.ts";

const KEYS = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret-0000" };

Deno.test("objects are removed; one that is not there counts", async () => {
  await using embedded = await embeddedStore("lake", ["a", "b", "c d+é"]);
  assert.equal(await deleteObjects(embedded.store, "lake", ["a", { key: "c d+é" }, "nothing"]), 3);
  const left = await Array.fromAsync(listObjects(embedded.store, "lake"));
  assert.deepEqual(left.map((each) => each.kind === "object" && each.key), ["b"]);
  assert.equal(await deleteObjects(embedded.store, "lake", []), 0);
});

Deno.test("what could not be removed is named; a thousand keys a request", async () => {
  await using home = await awsHome();
  await using server = scriptedServer(() =>
    xml(
      "<DeleteResult><Error><Key>k7</Key><Code>AccessDenied</Code><Message>no</Message></Error>" +
        "<Error><Key>k8</Key><Code>NoSuchKey</Code></Error></DeleteResult>",
    )
  );
  const store = await resolveStore("x", { endpoint: server.url, ...KEYS }, home.environment());
  const keys = Array.from({ length: 1500 }, (_, i) => `k${i}`);
  const error = await thrownBy(() => deleteObjects(store, "data", keys));
  assert.ok(error instanceof PartialError);
  assert.match(error.message, /2 of 1500 .* s3:\/\/data\/k7: AccessDenied: no/);
  assert.deepEqual(error.context.failed, ["k7", "k7"]);
  assert.match(error.hint!, /s3:DeleteObject/);
  assert.equal(server.seen.filter(({ method }) => method === "POST").length, 2);
  closeClients(store);
});

Deno.test("where a rule tells of removals, objects are removed one by one", async () => {
  await using home = await awsHome();
  const rule = (event: string) =>
    "<NotificationConfiguration><TopicConfiguration><Id>r</Id><Topic>arn:aws:sns:x::t</Topic>" +
    `<Event>${event}</Event></TopicConfiguration></NotificationConfiguration>`;
  for (
    const [event, method] of [
      ["s3:ObjectRemoved:*", "DELETE"],
      ["s3:ObjectRemoved:Delete", "DELETE"],
      ["s3:ObjectCreated:*", "POST"],
    ]
  ) {
    await using server = scriptedServer((request) => {
      if (request.method === "GET") return xml(rule(event));
      return request.method === "DELETE"
        ? new Response(null, { status: 204 })
        : xml("<DeleteResult/>");
    });
    const store = await resolveStore("x", { endpoint: server.url, ...KEYS }, home.environment());
    assert.equal(await deleteObjects(store, "data", ["a", "b", "c"]), 3);
    const sent = server.seen.filter((each) => each.method !== "GET");
    assert.deepEqual([...new Set(sent.map((each) => each.method))], [method], event);
    assert.equal(sent.length, method === "DELETE" ? 3 : 1);
    closeClients(store);
  }
});

Deno.test("a service without DeleteObjects is asked object by object", async () => {
  await using home = await awsHome();
  await using server = scriptedServer(({ method }) =>
    method === "POST" ? s3Error(501, "NotImplemented", "x") : new Response(null, { status: 204 })
  );
  const store = await resolveStore("x", { endpoint: server.url, ...KEYS }, home.environment());
  assert.equal(await deleteObjects(store, "data", ["a", "b"]), 2);
  assert.equal(server.seen.filter(({ method }) => method === "DELETE").length, 2);
  closeClients(store);
});
