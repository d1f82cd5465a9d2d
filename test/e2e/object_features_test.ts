import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FEATURES, outcomeOf } from "./features/features.ts";
import { place } from "./features/place.ts";
import { servicesPage } from "./features/services_page.ts";
import { onEachServer, SERVER_NAMES, type ServerName } from "./support/servers.ts";

/** By feature and server: `yes`, or the sentence that says what the server does instead. */
export type Outcomes = Record<string, Record<ServerName, string>>;

const EXPECTED = fileURLToPath(new URL("features/expected.json", import.meta.url));
const PAGE = fileURLToPath(new URL("../../docs/services.md", import.meta.url));

/** `DIPPER_E2E_RECORD=1` writes what was seen, to be read in the diff. */
const RECORD = Deno.env.get("DIPPER_E2E_RECORD") === "1";

const expected = JSON.parse(await Deno.readTextFile(EXPECTED).catch(() => "{}")) as Outcomes;
const seen: Outcomes = {};

for (const feature of FEATURES) {
  onEachServer(`${feature.command}: ${feature.name}`, async (server) => {
    await using where = await place(server);
    const outcome = await outcomeOf(feature, where);
    (seen[feature.name] ??= {} as Record<ServerName, string>)[server.name] = outcome;
    if (!RECORD) assert.equal(outcome, expected[feature.name]?.[server.name]);
  });
}

Deno.test("the table of services says what was seen", async () => {
  const complete = FEATURES.every(({ name }) =>
    SERVER_NAMES.every((server) => seen[name]?.[server] !== undefined)
  );
  assert.ok(complete, "a feature was not tried on every server");
  const page = servicesPage(FEATURES, seen);
  if (RECORD) {
    const sorted = Object.fromEntries(FEATURES.map(({ name }) => [name, seen[name]]));
    await Deno.writeTextFile(EXPECTED, JSON.stringify(sorted, undefined, 2) + "\n");
    await Deno.writeTextFile(PAGE, page);
  }
  assert.equal(await Deno.readTextFile(PAGE), page);
});
