import { CLAUSES, removeVersions, versions } from "../contract/clauses.ts";
import { LAYERS, openLayer } from "../contract/layers.ts";
import { makeBucket } from "./support/bucket.ts";
import { onEachServer, type Server } from "./support/servers.ts";

/** versitygw runs on plain folders here, which keep no versions. */
const VERSIONED = ["ceph", "seaweedfs"] as const;

async function ground({ client: direct, options }: Server, name: typeof LAYERS[number]) {
  const bucket = await makeBucket({ client: direct } as Server);
  const layer = await openLayer(name, options, bucket.name);
  return {
    direct,
    bucket: bucket.name,
    layer,
    async [Symbol.asyncDispose]() {
      await layer[Symbol.asyncDispose]();
      await removeVersions({ direct, bucket: bucket.name });
      await bucket[Symbol.asyncDispose]();
    },
  };
}

for (const name of LAYERS) {
  for (const [clause, hold] of Object.entries(CLAUSES)) {
    onEachServer(`${clause}, through ${name}`, async (server) => {
      await using all = await ground(server, name);
      await hold(all);
    });
  }
  onEachServer(`versions by their ids, through ${name}`, async (server) => {
    await using all = await ground(server, name);
    await versions(all);
  }, VERSIONED);
}
