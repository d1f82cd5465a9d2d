import assert from "node:assert/strict";
import { readSettings } from "../../src/settings.ts";

/** Runs in a process without Python, without a network and with an empty home folder. */
const SCRIPT = `
  import { DuckDBInstance } from "@duckdb/node-api";
  import { extensionPlaces, loadExtension } from ${
  JSON.stringify(import.meta.resolve("../../src/engine/extensions.ts"))
};
  import { connect } from ${JSON.stringify(import.meta.resolve("../../src/engine/connect.ts"))};
  const [cache, good] = [Deno.env.get("DIPPER_CACHE_DIR"), Deno.env.get("GOOD")];
  const said = {};
  const attempt = async (name, work) => {
    try {
      said[name] = { loaded: await work() };
    } catch (error) {
      said[name] = { type: error.constructor.name, ...error.toJSON() };
    }
  };
  await attempt("missing", async () => {
    await using session = await connect({ endpoint: "http://127.0.0.1:9", anonymous: true });
    return String(session);
  });
  const instance = await DuckDBInstance.create(":memory:", { extension_directory: cache + "/extensions" });
  const connection = await instance.connect();
  await connection.run("SET http_proxy = '127.0.0.1:9'");
  const places = await extensionPlaces(connection, cache);
  const folder = places.own + "/" + places.version + "/" + places.platform;
  const bytes = await Deno.readFile(good + "/" + places.version + "/" + places.platform + "/httpfs.duckdb_extension");
  const flipped = bytes.slice();
  flipped[Math.floor(bytes.length / 2)] ^= 1;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(folder + "/httpfs.duckdb_extension", flipped);
  await attempt("flipped", () => loadExtension(connection, places, "httpfs"));
  await Deno.writeFile(folder + "/httpfs.duckdb_extension", bytes.subarray(0, 100000));
  await attempt("cut", () => loadExtension(connection, places, "httpfs"));
  await Deno.remove(folder + "/httpfs.duckdb_extension");
  const shared = places.shared + "/" + places.version + "/" + places.platform;
  await Deno.mkdir(shared, { recursive: true });
  await Deno.writeFile(shared + "/httpfs.duckdb_extension", bytes);
  await attempt("shared", () => loadExtension(connection, places, "httpfs"));
  await attempt("hostile", () => loadExtension(connection, places, "x'; DROP TABLE t; --"));
  console.log(JSON.stringify(said));`;

interface Said {
  readonly type?: string;
  readonly tag?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly loaded?: string;
}

Deno.test("an extension is found, refused when it is altered, or its absence explained", async () => {
  const home = await Deno.makeTempDir({ prefix: "dipper-home-" });
  const file = `${home}/script.ts`;
  await Deno.writeTextFile(file, SCRIPT);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      "--no-lock",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      file,
    ],
    clearEnv: true,
    env: {
      HOME: home,
      PATH: "/nonexistent",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      DIPPER_CACHE_DIR: `${home}/cache`,
      GOOD: `${readSettings().cacheDirectory}/extensions`,
      http_proxy: "http://127.0.0.1:9",
      https_proxy: "http://127.0.0.1:9",
    },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
  const said = JSON.parse(text) as Record<string, Said>;
  for (const name of ["missing", "flipped", "cut"]) {
    const { type, tag, hint, message } = said[name];
    assert.deepEqual([type, tag], ["ExtensionError", "extension"], JSON.stringify(said[name]));
    assert.match(hint!, /1: go online.*2: python3 -m pip .*duckdb-extension-httpfs==.*3: copy/s);
    assert.match(message!, /DuckDB's repository: /);
    assert.match(message!, /pip: no Python/);
  }
  assert.match(said.flipped.message!, /signature|invalid/i);
  assert.match(said.cut.message!, /signature|invalid|not.*DuckDB extension|metadata/i);
  assert.equal(said.shared.loaded, "duckdb");
  assert.equal(said.hostile.type, "ExtensionError");
  await Deno.remove(home, { recursive: true });
});
