/**
 * `dipper rb`: removes buckets.
 *
 * @module
 */
import type { Command } from "commander";
import type { BucketContents } from "../../objects/buckets/remove.ts";
import { agreed, say } from "../careful.ts";
import { examples, type Run } from "../command.ts";
import { openTarget } from "../target.ts";

interface RbFlags {
  readonly force: boolean;
  readonly yes: boolean;
}

/** Adds the command. */
export function registerRb(program: Command, run: Run): void {
  program.command("rb")
    .summary("remove a bucket")
    .description(
      "Removes an empty bucket. With --force, all that is in it as well: objects, older versions, " +
        "delete markers and unfinished uploads, counted first; asks before it removes them.",
    )
    .argument("<bucket>", "s3://BUCKET, or its name")
    .option("--force", "remove what is in it", false)
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      examples("dipper rb s3://my-data-2026", "dipper rb s3://more-data --force --yes"),
    )
    .action(run(async (invocation, argument: string, { force, yes }: RbFlags) => {
      const { bucketContents, emptyBucket, isEmpty, removeBucket } = await import(
        "../../objects/buckets/remove.ts"
      );
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      let contents: BucketContents | undefined;
      if (force) {
        contents = await bucketContents(store, bucket, signal);
        if (!isEmpty(contents)) {
          const what = `remove s3://${bucket} with ${await contentsText(contents)}`;
          await agreed(invocation, what, { yes });
          await emptyBucket(store, bucket, { signal });
        }
      }
      await removeBucket(store, bucket, signal);
      if (invocation.flags.json) await invocation.printJson({ bucket, removed: contents });
      else {
        const what = contents === undefined || isEmpty(contents)
          ? ""
          : ` with ${await contentsText(contents)}`;
        await say(invocation, `removed s3://${bucket}${what}`);
      }
    }));
}

async function contentsText(contents: BucketContents): Promise<string> {
  const { formatBytes, formatQuantity } = await import("../../show/human.ts");
  const { objects, oldVersions, deleteMarkers, uploads, bytes } = contents;
  const parts = [
    ...(objects === 0 ? [] : [formatQuantity(objects, "object")]),
    ...(oldVersions === 0 ? [] : [formatQuantity(oldVersions, "older version")]),
    ...(deleteMarkers === 0 ? [] : [formatQuantity(deleteMarkers, "delete marker")]),
    ...(uploads === 0 ? [] : [formatQuantity(uploads, "unfinished upload")]),
  ];
  return `${parts.join(", ")} (${formatBytes(bytes)})`;
}
