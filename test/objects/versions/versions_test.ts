import assert from "node:assert/strict";
import { isDipperError, UnsupportedError } from "../../../src/errors.ts";
import { listVersions } from "../../../src/objects/versions/list.ts";
import { compareVersions, restoreVersion } from "../../../src/objects/versions/restore.ts";
import { setVersioning, versioningOf } from "../../../src/objects/versions/state.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import {
  s3Error,
  type ScriptedServer,
  scriptedServer,
  type SeenRequest,
  thrownBy,
  xml,
} from "../../store/scripted.ts";

async function scripted(answer: (request: SeenRequest) => Response) {
  const server = scriptedServer(answer);
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  return {
    store,
    server: server as ScriptedServer,
    async [Symbol.asyncDispose]() {
      closeClients(store);
      await server[Symbol.asyncDispose]();
    },
  };
}

function row(
  kind: "Version" | "DeleteMarker",
  key: string,
  id: string,
  time: string,
  latest = false,
) {
  return `<${kind}><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest>` +
    `<LastModified>2026-01-01T00:00:${time}Z</LastModified><Size>3</Size><ETag>"e${id}"</ETag>` +
    `</${kind}>`;
}

const listing = (rows: string, more = "<IsTruncated>false</IsTruncated>") =>
  xml(`<ListVersionsResult>${rows}${more}</ListVersionsResult>`);

Deno.test("versions and markers come in one order, over pages, of one key alone", async () => {
  await using s = await scripted(({ path }) =>
    path.includes("key-marker=b")
      ? listing(row("Version", "b", "3", "01") + row("Version", "bb", "9", "01", true))
      : listing(
        row("Version", "a", "1", "01") + row("DeleteMarker", "a", "2", "05", true) +
          row("Version", "b", "5", "09", true) + row("DeleteMarker", "b", "4", "04"),
        "<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>" +
          "<NextVersionIdMarker>4</NextVersionIdMarker>",
      )
  );
  const ids = async () =>
    (await Array.fromAsync(listVersions(s.store, "lake"))).map((each) =>
      each.versionId + (each.isMarker ? "m" : "")
    );
  assert.deepEqual(await ids(), ["2m", "1", "5", "4m", "3", "9"]);
  await using one = await scripted(() =>
    listing(row("Version", "b", "3", "01", true) + row("Version", "bb", "9", "01", true))
  );
  const own = await Array.fromAsync(listVersions(one.store, "lake", { key: "b" }));
  assert.deepEqual(own.map(({ versionId }) => versionId), ["3"]);
});

Deno.test("a restore copies, or takes markers away, or says that there is nothing to do", async () => {
  let rows = row("DeleteMarker", "k", "3", "03", true) + row("DeleteMarker", "k", "2", "02") +
    row("Version", "k", "1", "01");
  await using s = await scripted(({ method }) =>
    method === "GET"
      ? listing(rows)
      : method === "PUT"
      ? xml("<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
      : new Response(null, { status: 204 })
  );
  const location = { bucket: "lake", key: "k" };
  assert.equal((await restoreVersion(s.store, location)).how, "undeleted");
  const deleted = s.server.seen.filter(({ method }) => method === "DELETE").map(({ path }) => path);
  assert.deepEqual(deleted.map((path) => /versionId=(\d)/.exec(path)?.[1]), ["3", "2"]);
  rows = row("Version", "k", "2", "02", true) + row("Version", "k", "1", "01");
  assert.equal((await restoreVersion(s.store, location)).how, "unchanged");
  assert.equal((await restoreVersion(s.store, location, { versionId: "1" })).how, "copied");
  const put = s.server.seen.find(({ method }) => method === "PUT")!;
  assert.equal(put.headers.get("x-amz-copy-source"), "lake/k?versionId=1");
  const missing = await thrownBy(() => restoreVersion(s.store, location, { versionId: "7" }));
  assert.ok(isDipperError(missing, "key_not_found"));
  const lone = await thrownBy(() => compareVersions(s.store, location, { a: "7" }));
  assert.ok(isDipperError(lone, "key_not_found"));
});

Deno.test("two versions are compared by what the service says of them", async () => {
  const rows = row("Version", "k", "2", "02", true) + row("Version", "k", "1", "01");
  let etags = ["aa", "bb"];
  await using s = await scripted(({ method, path }) =>
    method === "GET" ? listing(rows) : new Response(null, {
      headers: {
        etag: `"${path.includes("versionId=1") ? etags[0] : etags[1]}"`,
        "content-length": "3",
        "content-type": "text/plain",
      },
    })
  );
  const compare = () => compareVersions(s.store, { bucket: "lake", key: "k" });
  assert.deepEqual([(await compare()).sameBytes, (await compare()).differs], [false, ["etag"]]);
  etags = ["aa", "aa"];
  assert.deepEqual([(await compare()).sameBytes, (await compare()).differs], [true, []]);
  etags = ["aa-2", "bb-3"];
  assert.equal((await compare()).sameBytes, undefined);
});

Deno.test("a service without versions says so, also where it only pretends", async () => {
  await using refusing = await scripted(() => s3Error(501, "NotImplemented", "x"));
  assert.equal(await versioningOf(refusing.store, "lake"), "off");
  const refused = await thrownBy(() => setVersioning(refusing.store, "lake", "enabled"));
  assert.ok(refused instanceof UnsupportedError);
  await using pretending = await scripted(() => xml("<VersioningConfiguration/>"));
  const pretended = await thrownBy(() => setVersioning(pretending.store, "lake", "enabled"));
  assert.ok(pretended instanceof UnsupportedError);
});
