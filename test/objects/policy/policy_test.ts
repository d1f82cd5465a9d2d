import assert from "node:assert/strict";
import { UsageError } from "../../../src/errors.ts";
import { sessionPolicy } from "../../../src/objects/access/session_policy.ts";
import { checkAccess } from "../../../src/objects/policy/check.ts";
import {
  accessStatements,
  giveAccess,
  policyWords,
  principalArn,
  publicRead,
  readPolicy,
  withStatements,
} from "../../../src/objects/policy/policy.ts";
import { policyTemplate } from "../../../src/objects/policy/templates.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import { s3Error, scriptedServer, type SeenRequest, xml } from "../../store/scripted.ts";

async function scripted(answer: (request: SeenRequest) => Response) {
  const server = scriptedServer(answer);
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  return {
    store,
    server,
    async [Symbol.asyncDispose]() {
      closeClients(store);
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("principals are written as each service knows them", () => {
  assert.equal(principalArn("alice"), "arn:aws:iam:::user/alice");
  assert.equal(principalArn("lab$alice"), "arn:aws:iam::lab:user/alice");
  assert.equal(principalArn("role/reader"), "arn:aws:iam:::role/reader");
  assert.equal(principalArn("123456789012"), "123456789012");
  assert.equal(principalArn("arn:aws:iam::1:user/x"), "arn:aws:iam::1:user/x");
});

Deno.test("statements are added beside others, and replace their own", () => {
  const read = accessStatements("b", { principal: "alice", access: "read", prefix: "p/" });
  const first = withStatements(undefined, publicRead("b", "open/"));
  const second = withStatements(first, read);
  assert.equal(second.Statement.length, 3);
  assert.deepEqual(withStatements(second, read), second);
  assert.deepEqual(policyWords(second), [
    "Everybody may s3:GetObject on s3://b/open/*.",
    "arn:aws:iam:::user/alice may s3:ListBucket on s3://b, if " +
    '{"StringLike":{"s3:prefix":["p/*"]}}.',
    "arn:aws:iam:::user/alice may s3:GetObject, s3:GetObjectVersion on s3://b/p/*.",
  ]);
});

Deno.test("policies in files are checked", () => {
  const { Statement } = readPolicy('{"Statement":{"Effect":"Allow","Action":"s3:*"}}');
  assert.equal(Statement.length, 1);
  for (
    const bad of [
      "",
      "[]",
      "{}",
      '{"Statement":[{"Action":"x"}]}',
      '{"Statement":[{"Effect":"Allow"}]}',
    ]
  ) {
    assert.throws(() => readPolicy(bad), UsageError, bad);
  }
});

Deno.test("templates name what they need", () => {
  const user = policyTemplate("iam-user", { bucket: "b" });
  assert.ok(JSON.stringify(user).includes("arn:aws:s3:::b/*"));
  const role = JSON.stringify(policyTemplate("multipart-role", { bucket: "b" }));
  assert.ok(role.includes("s3:ListMultipartUploadParts") && !role.includes("s3:DeleteObject"));
  const trust = policyTemplate("trust", { user: "alice", account: "lab" });
  assert.deepEqual(trust.Statement[0].Principal, { AWS: ["arn:aws:iam::lab:user/alice"] });
  assert.throws(() => policyTemplate("iam-user", {}), /--bucket/);
  assert.throws(() => policyTemplate("trust", {}), /--user/);
});

Deno.test("a session is narrowed to places and to reading", () => {
  assert.equal(sessionPolicy({ places: [], access: "read-write" }), undefined);
  const all = sessionPolicy({ places: [], access: "read-only" })!;
  assert.deepEqual(all.Statement[0].Action, ["s3:Get*", "s3:List*"]);
  const place = { bucket: "b", key: "p/" };
  const narrow = sessionPolicy({ places: [place], access: "read-only" })!;
  const text = JSON.stringify(narrow);
  assert.ok(text.includes("arn:aws:s3:::b/p/*") && !text.includes("PutObject"));
  assert.ok(
    JSON.stringify(sessionPolicy({ places: [place], access: "read-write" })).includes("PutObject"),
  );
});

Deno.test("a service that knows no ARNs gets the bare name", async () => {
  await using s = await scripted(({ method, body }) =>
    method === "GET"
      ? s3Error(404, "NoSuchBucketPolicy", "x")
      : body.includes("arn:aws:iam")
      ? s3Error(400, "MalformedPolicy", "Invalid principal in policy")
      : new Response(null, { status: 204 })
  );
  await giveAccess(s.store, "b", { principal: "alice", access: "write", prefix: "" });
  const last = JSON.parse(s.server.seen.at(-1)!.body);
  assert.deepEqual(last.Statement[0].Principal, { AWS: ["alice"] });
  assert.equal(last.Statement[0].Condition, undefined);
});

Deno.test("what a key may do is tried without harm", async () => {
  await using s = await scripted(({ method, path }) => {
    if (path.includes("list-type=2")) {
      return xml(
        "<ListBucketResult><Contents><Key>k</Key><Size>3</Size></Contents></ListBucketResult>",
      );
    }
    if (method === "GET" && path.startsWith("/b/k")) return s3Error(403, "AccessDenied", "no");
    if (path.includes("uploads") && method === "POST") {
      return xml(
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
      );
    }
    if (path.includes("versioning")) {
      return xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    }
    if (path.includes("policy")) return s3Error(404, "NoSuchBucketPolicy", "x");
    if (path.includes("cors")) return s3Error(501, "NotImplemented", "x");
    if (path.includes("lifecycle")) return s3Error(403, "AccessDenied", "no");
    if (method === "DELETE") return new Response(null, { status: 204 });
    return xml("<AccessControlPolicy/>");
  });
  const tried = await Array.fromAsync(checkAccess(s.store, { bucket: "b" }));
  assert.deepEqual(tried.map(({ what, allowed }) => `${what}: ${allowed}`), [
    "list: yes",
    "read: no",
    "write: yes",
    "delete: not tried",
    "read versioning: yes",
    "list uploads: yes",
    "read policy: yes",
    "read CORS: unsupported",
    "read lifecycle: no",
    "read ACL: yes",
  ]);
  const changing = s.server.seen.filter(({ method }) => method !== "GET");
  assert.deepEqual(changing.map(({ method }) => method), ["POST", "DELETE"]);
  assert.match(changing[1].path, /uploadId=u/);
});
