import assert from "node:assert/strict";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { asFolderPage, nextPage, withoutDelimiter } from "../../src/gateway/folder_pages.ts";
import type { FaultPlan } from "../support/proxy.ts";
import { BUCKET, openBench } from "./support/gateway.ts";

const KEYS = Array.from({ length: 8 }, (_, index) => `a/${index} ü&+.csv`);

const page = async (client: S3Client, delimiter?: string, token?: string) => {
  const { Contents = [], NextContinuationToken } = await client.send(
    new ListObjectsV2Command({
      Bucket: BUCKET,
      Prefix: "a/",
      Delimiter: delimiter,
      MaxKeys: 3,
      ContinuationToken: token,
    }),
  );
  return {
    keys: Contents.map(({ Key }) => Key),
    token: NextContinuationToken,
  };
};

/** As DuckDB lists a folder of more than a page. */
async function listAsDuckDB(
  fault?: FaultPlan,
): Promise<{ keys: (string | undefined)[]; requests: string[] }> {
  await using bench = await openBench({}, fault);
  for (const key of KEYS) await bench.put(key, "x");
  const client = bench.client("statement", { kind: "statement" });
  const first = await page(client);
  assert.deepEqual(first.keys, KEYS.slice(0, 3));
  const keys: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const next = await page(client, "/", token);
    keys.push(...next.keys);
    token = next.token;
  } while (token !== undefined);
  const requests = bench.wire.requests.map(({ query }) =>
    ["delimiter", "start-after", "continuation-token"].filter((name) => query.has(name)).join("+")
  );
  return { keys, requests };
}

Deno.test("the first page of a folder is not asked for twice, and what follows goes on after it", async () => {
  const { keys, requests } = await listAsDuckDB();
  assert.deepEqual(keys, KEYS);
  assert.deepEqual(requests, [
    "",
    "delimiter+start-after",
    "delimiter+continuation-token",
  ]);
});

Deno.test("a service that does not heed where to start is asked by its own tokens", async () => {
  const again =
    `<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>` +
    `<Contents><Key>${
      encodeURIComponent(KEYS[0])
    }</Key><Size>1</Size></Contents></ListBucketResult>`;
  const { keys, requests } = await listAsDuckDB(({ query }) =>
    query.has("start-after") ? { kind: "answer", status: 200, body: again } : undefined
  );
  assert.deepEqual(keys, KEYS);
  assert.deepEqual(requests, [
    "",
    "delimiter+start-after",
    "delimiter",
    "delimiter+continuation-token",
    "delimiter+continuation-token",
  ]);
});

Deno.test("a page with a key that lies deeper is no folder's", () => {
  const xml = (key: string) =>
    `<R><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>` +
    `<Contents><Key>${key}</Key><Size>1</Size></Contents></R>`;
  assert.equal(asFolderPage(xml("a/b/c"), "a/"), undefined);
  assert.match(asFolderPage(xml("a/b"), "a/")!, /Token>dipper-after-/);
  assert.equal(asFolderPage(xml("a/b").replaceAll("true", "false"), "a/")?.includes(">t<"), true);
  assert.equal(asFolderPage("<R></R>", "a/"), undefined);
});

Deno.test("only the first page of a folder is one that may be known", () => {
  const first = [["delimiter", "/"], ["list-type", "2"], ["prefix", "a/"]] as const;
  assert.deepEqual(withoutDelimiter(first), first.slice(1));
  assert.equal(withoutDelimiter(first.slice(1)), undefined);
  assert.equal(withoutDelimiter([...first, ["continuation-token", "t"]]), undefined);
  assert.equal(withoutDelimiter([...first, ["start-after", "a"]]), undefined);
  assert.equal(nextPage(first), undefined);
  assert.equal(nextPage([...first, ["continuation-token", "t"]]), undefined);
});
