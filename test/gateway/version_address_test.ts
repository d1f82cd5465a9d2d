import assert from "node:assert/strict";
import fc from "fast-check";
import { objectMeant, resolveVersion, versionAddress } from "../../src/gateway/version_address.ts";

Deno.test("an address of a version is a request for that version", () => {
  const hex = (id: string) =>
    Array.from(new TextEncoder().encode(id), (byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const id of ["null", "-a.b_c", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY=", "ü"]) {
    for (const key of ["x.parquet", "a/b?versionId=7", "@version/61/x", "a\nb", "100%25.csv"]) {
      const escaped = key.replaceAll("%", "%25").replaceAll("?", "%3F");
      assert.deepEqual(
        resolveVersion({ bucket: "lab@version", key: `${hex(id)}/${escaped}`, query: [] }, "GET"),
        { bucket: "lab", key, query: [["versionId", id]] },
      );
    }
  }
  const plain = { bucket: "lab", key: "61/x", query: [] };
  assert.equal(resolveVersion(plain, "GET"), plain);
});

Deno.test("an address of a version means that version of that object, whatever it is called", () => {
  const text = fc.string({ unit: "binary", minLength: 1 }).filter((each) => each.isWellFormed());
  fc.assert(fc.property(text, text, (key, versionId) => {
    const address = versionAddress(`s3://lab/${key}`, versionId);
    assert.ok(!address.includes("?"));
    const [, bucket, path] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address)!;
    assert.deepEqual(objectMeant({ bucket, key: path }), { bucket: "lab", key, versionId });
  }));
  assert.deepEqual(objectMeant({ bucket: "lab", key: "61/x" }), { bucket: "lab", key: "61/x" });
  assert.throws(() => versionAddress("s3://lab/", "v"), { tag: "usage" });
});

Deno.test("what names no version, or would write one, is refused", () => {
  const at = (key: string, method = "GET") => () =>
    resolveVersion({ bucket: "lab@version", key, query: [] }, method);
  for (const key of ["", "x", "6/x", "zz/x", "61/"]) assert.throws(at(key), /names no version/);
  assert.throws(at("61/x", "PUT"), /not written/);
});
