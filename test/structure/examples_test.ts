import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { type DemoStore, startDemoStore } from "../../datasets/demo_store.ts";
import { NEEDS_CEPH } from "../cli/help_examples.ts";
import { testClient } from "../support/s3.ts";
import {
  commandsOf,
  type Example,
  markdownExamples,
  runnableModule,
  sourceExamples,
} from "./examples.ts";
import { projectFiles, readText, ROOT } from "./source.ts";

/** What is not run here, and why. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/^npx -y deno@|^deno task (demo|test|notebook)\b/, "the gate runs it"],
  [/^deno install (--global|-g)\b/, "the other examples run what it installed"],
  [/^dipper demo\b/, "the gate runs it as `task demo`"],
  [/^dipper serve\b/, "runs until Ctrl-C; test/cli runs it"],
  [NEEDS_CEPH, "test/e2e/help_examples_test.ts runs it on Ceph"],
  [/^dipper configure$/, "asks questions at a terminal; test/cli answers them"],
];

const LONGEST = 120_000;

/** Where the examples run: a person with an account at the demo store, and the command installed. */
interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What is run elsewhere as a whole: test/e2e/walkthrough_test.ts, on Ceph. */
const RUN_ELSEWHERE = ["docs/walkthrough.md"];

const documents = ["README.md", ...projectFiles().filter((path) => /^docs\/.*\.md$/.test(path))];
for (const file of documents.filter((path) => !RUN_ELSEWHERE.includes(path))) {
  Deno.test(`the examples of ${file} run`, async (t) => {
    await runAll(t, markdownExamples(file));
  });
}

Deno.test("the examples in doc comments run", async (t) => {
  await runAll(t, sourceExamples());
});

Deno.test("documents name tasks that exist and one version of Deno", () => {
  const { tasks } = JSON.parse(readText("deno.json")) as { tasks: Record<string, unknown> };
  const files = projectFiles().filter((path) => /\.(md|ipynb)$/.test(path));
  const text = files.map(readText).join("\n");
  const named = [...text.matchAll(/\bdeno(?:@[\d.]+)? task ([\w-]+)/g)].map(([, task]) => task);
  assert.deepEqual([...new Set(named)].filter((task) => !(task in tasks)), []);
  const versions = [...text.matchAll(/\bnpx -y deno@([\d.]+) /g)].map(([, version]) => version);
  assert.equal(new Set(versions).size, 1, [...new Set(versions)].join(", "));
});

async function runAll(t: Deno.TestContext, examples: readonly Example[]): Promise<void> {
  const all = examples.flatMap((example) =>
    example.language === "sh" ? commandsOf(example) : [example]
  );
  if (all.length === 0) return;
  await using place = await preparePlace();
  for (const example of all) {
    const reason = NOT_RUN.find(([pattern]) =>
      example.language === "sh" && pattern.test(example.code)
    )?.[1];
    const name = `line ${example.line}`;
    if (reason === undefined) await t.step(name, () => run(example, place));
  }
}

async function run(example: Example, { folder, environment }: Place): Promise<void> {
  const command = example.language === "ts"
    ? await moduleCommand(example, folder)
    : ["bash", "-euo", "pipefail", "-c", example.code];
  const inCheckout = example.code.startsWith("deno ");
  const { code, stdout, stderr } = await new Deno.Command(command[0], {
    args: command.slice(1),
    cwd: inCheckout ? ROOT : folder,
    clearEnv: true,
    env: { ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LONGEST),
  }).output();
  const decoder = new TextDecoder();
  const printed = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  assert.equal(code, 0, `${example.file}:${example.line}\n${example.code}\n${printed}`);
}

async function moduleCommand(example: Example, folder: string): Promise<string[]> {
  const path = `${folder}/example_${example.line}.ts`;
  await Deno.writeTextFile(path, runnableModule(example, `file://${ROOT}src/mod.ts`));
  return [Deno.execPath(), "run", "-A", "--quiet", "--check", "-c", `${ROOT}deno.json`, path];
}

async function preparePlace(): Promise<Place> {
  const demo = await startDemoStore();
  await addOwnBucket(demo);
  const folder = await Deno.makeTempDir({ prefix: "dipper-examples-" });
  const before = Deno.env.toObject();
  const caches = before.XDG_CACHE_HOME ?? `${before.HOME}/.cache`;
  const environment = {
    PATH: `${folder}/.deno/bin:${denoFolder()}:${before.PATH}`,
    HOME: folder,
    XDG_CACHE_HOME: caches,
    DENO_DIR: before.DENO_DIR ?? `${caches}/deno`,
    DENO_TLS_CA_STORE: before.DENO_TLS_CA_STORE ?? "system,mozilla",
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    AWS_ENDPOINT_URL_S3: demo.endpoint,
    AWS_ACCESS_KEY_ID: demo.accessKeyId,
    AWS_SECRET_ACCESS_KEY: demo.secretAccessKey,
    AWS_REGION: demo.region,
    LAB_SECRET: "lab-secret-0123456789",
  };
  await Deno.mkdir(`${folder}/.config/rclone`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/.config/rclone/rclone.conf`,
    "[ceph]\ntype = s3\nprovider = Ceph\naccess_key_id = someone\n" +
      "secret_access_key = some-secret-0123\nendpoint = https://s3.example.org\n",
  );
  await Deno.writeTextFile(
    `${folder}/delays.sql`,
    "SELECT origin, avg(dep_delay) AS delay FROM 's3://demo/nycflights13/flights.parquet'\n" +
      "WHERE time_hour::DATE = $day GROUP BY origin\n",
  );
  await Deno.writeTextFile(
    `${folder}/report.sql`,
    "SELECT 2015 AS year, * FROM 's3://my-bucket/data.parquet'\n",
  );
  const place = {
    folder,
    environment,
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
      await demo[Symbol.asyncDispose]();
    },
  };
  const install = markdownExamples("README.md").flatMap(commandsOf)
    .find(({ code }) => code.startsWith("deno install --global"));
  assert.ok(install, "README.md says how to install the command");
  await run(install, place);
  return place;
}

/** The bucket that README.md's reader has: monthly means of Seattle's weather in 2015. */
async function addOwnBucket(demo: DemoStore): Promise<void> {
  const client = testClient(demo.endpoint, demo);
  const put = async (Key: string, Body: Uint8Array) => {
    await client.send(new PutObjectCommand({ Bucket: "my-bucket", Key, Body }));
  };
  await client.send(new CreateBucketCommand({ Bucket: "my-bucket" }));
  const parquet = readFileSync(`${ROOT}test/structure/fixtures/temperatures.parquet`);
  await put("data.parquet", parquet);
  await put("year=2015/data.parquet", parquet);
  client.destroy();
}

/** So that `deno` in an example is the one that runs the tests. */
function denoFolder(): string {
  return Deno.execPath().replace(/\/[^/]*$/, "");
}
