import assert from "node:assert/strict";
import { callSns, signForm } from "../../../src/objects/notify/sns.ts";
import { deleteTopic, getTopic, listTopics } from "../../../src/objects/notify/topics.ts";
import { fakeStore } from "../../range/support/fake_store.ts";
import { s3Error, scriptedServer, xml } from "../../store/scripted.ts";
import { fakeCeph } from "./ceph.ts";

Deno.test("a form is signed as botocore signs it", () => {
  // botocore.auth.SigV4Auth(Credentials(…), "sns", "eu-central-1").add_auth of the same request
  const headers = signForm(
    {
      form: "Action=ListTopics&Version=2010-03-31&X=a%20b%2Bc",
      host: "rgw.example.org:8443",
      region: "eu-central-1",
    },
    { accessKeyId: "KEY", secretAccessKey: "fake-secret-key", sessionToken: "token" },
    new Date("2026-11-21T14:00:00Z"),
  );
  assert.deepEqual(headers, BOTOCORE);
});

const BOTOCORE = {
  "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  "x-amz-date": "20261121T140000Z",
  "x-amz-security-token": "token",
  authorization: "AWS4-HMAC-SHA256 Credential=KEY/20261121/eu-central-1/sns/aws4_request, " +
    "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, " +
    "Signature=509810f5a3516af512d49d377be57a842be82482d1d0bf047755a77794c37c8c",
};

Deno.test("topics are listed by pages", async () => {
  await using server = scriptedServer(({ body }) => {
    const token = new URLSearchParams(body).get("NextToken");
    const arn = `arn:aws:sns:us-east-1:1:${token ?? "first"}`;
    const next = token === null ? "<NextToken>second</NextToken>" : "";
    return xml(
      `<ListTopicsResponse><Topics><member><TopicArn>${arn}</TopicArn></member></Topics>${next}` +
        "</ListTopicsResponse>",
    );
  });
  const topics = await listTopics(fakeStore(new URL(server.url)));
  assert.deepEqual(topics.map(({ name }) => name), ["first", "second"]);
  assert.equal(server.seen.length, 2);
});

Deno.test("an address is shown without its password", async () => {
  await using ceph = fakeCeph();
  const arn = "arn:aws:sns:default::t";
  ceph.topics.set(arn, new Map([["push-endpoint", "amqps://alice:s3cr3t@broker/lab"]]));
  const store = fakeStore(new URL(ceph.url));
  assert.equal((await getTopic(store, arn)).address, "amqps://alice:…@broker/lab");
  await deleteTopic(store, arn);
  await assert.rejects(getTopic(store, arn), { tag: "key_not_found" });
});

Deno.test("refusals and silence are told as everywhere", async () => {
  await using server = scriptedServer(() => s3Error(403, "SignatureDoesNotMatch"));
  const store = fakeStore(new URL(server.url));
  await assert.rejects(callSns(store, { action: "ListTopics" }), { tag: "bad_credentials" });
  const nobody = fakeStore(new URL("http://127.0.0.1:2"));
  await assert.rejects(callSns(nobody, { action: "ListTopics" }), { tag: "network" });
  const anonymous = fakeStore(new URL(server.url), { anonymous: true });
  await assert.rejects(callSns(anonymous, { action: "ListTopics" }), { tag: "no_credentials" });
  await assert.rejects(callSns(fakeStore(undefined), { action: "ListTopics" }), {
    tag: "unsupported",
    hint: /--topic ARN/,
  });
  const aborted = callSns(store, { action: "ListTopics" }, AbortSignal.abort());
  await assert.rejects(aborted, { tag: "cancelled" });
});
