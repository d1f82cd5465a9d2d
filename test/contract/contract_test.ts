/** The contract over the embedded server, which has no versions; `test/e2e` holds it over real ones. */
import { startFauxqs } from "../support/fauxqs.ts";
import { CLAUSES } from "./clauses.ts";
import { LAYERS, openLayer } from "./layers.ts";

for (const name of LAYERS) {
  Deno.test(`the contract, through ${name}`, async (t) => {
    await using server = await startFauxqs();
    const { endpoint, region, accessKeyId, secretAccessKey, bucket, client: direct } = server;
    const options = { endpoint, region, accessKeyId, secretAccessKey };
    await using layer = await openLayer(name, options, bucket);
    for (const [clause, hold] of Object.entries(CLAUSES)) {
      await t.step(clause, () => hold({ direct, bucket, layer }));
    }
  });
}
