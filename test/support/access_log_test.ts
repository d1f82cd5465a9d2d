import assert from "node:assert/strict";
import { countKinds, parseBeastLog, parseS3AccessLog, requestKind } from "./access_log.ts";

Deno.test("a line of Ceph's log says what was asked and what was sent", () => {
  const text =
    "2026-11-21T10:13:21.891+0000 7fcd4a7cc6c0  1 beast: 0x7fcdc063d6e0: 127.0.0.1 - lab" +
    ' [21/Nov/2026:10:13:21.891 +0000] "GET /spike/x.csv HTTP/1.1" 206 2 - "duckdb/v1.5.5" bytes=0-1' +
    " latency=0.000000000s\n2026-11-21T10:13:22.000+0000 7fcd 1 ====== req done\n";
  assert.deepEqual(parseBeastLog(text), [
    { kind: "get", target: "/spike/x.csv", status: 206, bytesOut: 2 },
  ]);
});

Deno.test("a line of versitygw's log says what was asked", () => {
  const text = "owner b [21/November/2026:10:44:46 +0000] 127.0.0.1 owner 9OI08B1YQAMYAQ9J" +
    " s3_PutObject d/part=0/a b.csv /b/d/part%3D0/a%20b.csv?x-id=PutObject 200 - 0 8 1 1 - aws-sdk-js" +
    " - 7C0V= SigV4 - AuthHeader s3.us-east-1.amazonaws.com - arn:aws:s3:::b/d/part=0/a b.csv Yes\n";
  assert.deepEqual(parseS3AccessLog(text), [
    {
      kind: "put",
      target: "/b/d/part%3D0/a%20b.csv?x-id=PutObject",
      status: 200,
      bytesOut: undefined,
    },
  ]);
});

Deno.test("requests are counted by kind", () => {
  const asked: [string, string][] = [
    ["GET", "/b/k"],
    ["GET", "/b/?list-type=2"],
    ["GET", "/"],
    ["HEAD", "/b/k"],
    ["PUT", "/b/k"],
    ["POST", "/b/k?uploads="],
    ["POST", "/b/k?uploadId=1"],
    ["POST", "/b?delete"],
    ["DELETE", "/b/k"],
    ["PUT", "/b"],
  ];
  const kinds = asked.map(([method, target]) => ({ kind: requestKind(method, target) }));
  assert.deepEqual(countKinds(kinds), { get: 1, head: 1, list: 2, put: 3, other: 3 });
});
