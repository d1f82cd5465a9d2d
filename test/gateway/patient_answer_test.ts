import assert from "node:assert/strict";
import type { Exchange } from "../../src/gateway/exchange.ts";
import type { HttpAnswer } from "../../src/gateway/http/answer.ts";
import { patientXml } from "../../src/gateway/patient_answer.ts";
import { S3Refusal } from "../../src/gateway/refusal.ts";

const failures: unknown[] = [];
const exchange = {
  bucket: "b",
  key: "k",
  requestId: "ID",
  client: { account: { failed: (error: unknown) => failures.push(error) } },
} as unknown as Exchange;

async function textOf({ body }: HttpAnswer): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  if (body instanceof Uint8Array) return decoder.decode(body);
  let text = "";
  for (let next = await body.next(); next !== undefined; next = await body.next()) {
    text += decoder.decode(next);
  }
  return text;
}

/** Work that is done when the answer has begun. */
function lateWork(): {
  readonly work: Promise<string>;
  readonly end: (with_: string | Error) => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    work: promise,
    end: (outcome) => typeof outcome === "string" ? resolve(outcome) : reject(outcome),
  };
}

Deno.test("work that is soon done is answered as ever, its failure by a status", async () => {
  const answer = await patientXml(exchange, "Root", Promise.resolve("<A/>"));
  assert.match(await textOf(answer), /^<\?xml[^>]*>\n<Root [^>]*><A\/><\/Root>$/);
  const refused = new S3Refusal("NoSuchKey", "none");
  await assert.rejects(patientXml(exchange, "Root", Promise.reject(refused)), refused);
});

Deno.test("an answer to long work begins at once and is one document in the end", async () => {
  const { work, end } = lateWork();
  const answer = await patientXml(exchange, "Root", work, 1);
  assert.equal(answer.status, 200);
  end("<A/>");
  assert.match(await textOf(answer), /^<\?xml[^>]*>\s+<Root [^>]*><A\/><\/Root>$/);
});

Deno.test("a failure after the answer has begun is its body", async () => {
  const { work, end } = lateWork();
  const answer = await patientXml(exchange, "Root", work, 1);
  end(new S3Refusal("NoSuchKey", "none"));
  assert.match(await textOf(answer), /^<\?xml[^>]*>\s+<Error><Code>NoSuchKey<\/Code>/);
  assert.equal(failures.length, 1);
});

Deno.test("a client that does not wait for the end leaves nothing running", async () => {
  const { work, end } = lateWork();
  const answer = await patientXml(exchange, "Root", work, 1);
  const { body } = answer;
  assert.ok(body !== null && !(body instanceof Uint8Array));
  await body.next();
  const waiting = body.next();
  body.cancel();
  await waiting;
  assert.equal(await body.next(), undefined);
  end("<A/>");
  await work;
});
