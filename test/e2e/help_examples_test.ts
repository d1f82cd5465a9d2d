import assert from "node:assert/strict";
import { Desk } from "../cli/command.ts";
import { examplesOf, NEEDS_CEPH, NEEDS_SERVER } from "../cli/help_examples.ts";
import { commandsOf, markdownExamples } from "../structure/examples.ts";
import { place } from "./features/place.ts";
import { Broker } from "./support/broker.ts";
import { server } from "./support/servers.ts";

Deno.test("ceph: the examples in the help of bucket settings and roles run", async (t) => {
  const { endpoint, owner } = server("ceph");
  await using where = await place(server("ceph"));
  await using desk = await Desk.empty();
  const broker = new Broker();
  await where.put("nycflights13/airlines.csv", "carrier,name\n");
  await where.put("climate/darwin-soi.nc", "CDF");
  await where.put("open/readme.txt", "hello");
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: owner.accessKeyId,
    AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    AWS_REGION: "us-east-1",
  };
  const inHelp = examplesOf();
  const inDocs = markdownExamples("docs/objects.md").flatMap(commandsOf).map(({ code }) => code);
  const examples = [
    ...NEEDS_SERVER.flatMap((command) => inHelp.get(command) ?? []),
    ...inDocs.filter((line) => NEEDS_CEPH.test(line)),
  ];
  assert.ok(examples.length > 40, `only ${examples.length} examples`);
  for (const example of examples) {
    await t.step(example.split("\n")[0], async () => {
      const line = example.replaceAll(/\bdemo\b/g, where.bucket)
        .replaceAll("amqp://127.0.0.1/lab", broker.open);
      const ran = await desk.shell(line, { env });
      assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
    });
  }
});
