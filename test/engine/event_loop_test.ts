import assert from "node:assert/strict";
import { connect } from "../../src/engine/connect.ts";
import { startFauxqs } from "../support/fauxqs.ts";

Deno.test("a statement never keeps the event loop from turning, nor a server in this process", async () => {
  await using store = await startFauxqs();
  await store.put("people.csv", "name,born\nAda,1815\nGrace,1906\n");
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = store;
  await using session = await connect({ endpoint, region, accessKeyId, secretAccessKey });
  const uri = `s3://${bucket}/people.csv`;
  const plain = await session.query(`SELECT count(*)::INT AS n FROM '${uri}'`);
  assert.deepEqual(plain.rows(), [{ n: 2 }]);
  const bound = await session.query("SELECT name FROM read_csv($uri) WHERE born > $born", {
    uri,
    born: 1900,
  });
  assert.deepEqual(bound.rows(), [{ name: "Grace" }]);
  const streamed = await Array.fromAsync(session.streamRows(`FROM '${uri}'`));
  assert.equal(streamed.length, 2);
  assert.ok(plain.report.bytes.read >= 30, "bytes are counted whatever the case of the header");
});
