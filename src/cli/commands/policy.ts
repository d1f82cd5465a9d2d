/**
 * `dipper policy`: who may do what in a bucket.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import type { Policy } from "../../objects/policy/policy.ts";
import { POLICY_TEMPLATES, type TemplateValues } from "../../objects/policy/templates.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import { commandGroup } from "../group.ts";
import { JsonArray } from "../json_array.ts";
import { columns } from "../lines.ts";
import { openTarget } from "../target.ts";
import { formatQuantity } from "../../show/human.ts";

const PRESETS = ["public-read"] as const;

interface SetFlags {
  readonly preset?: typeof PRESETS[number];
  readonly prefix: string;
  readonly file?: string;
  readonly yes: boolean;
}

/** Adds the commands. */
export function registerPolicy(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "policy",
    summary: "who may do what in a bucket",
    description:
      "Shows and sets a bucket's policy, gives access to users and roles, tries what your own key " +
      "may do, and prints the policies that platforms ask for.",
    examples: [
      "dipper policy set s3://demo --preset public-read --prefix open/ --yes",
      "dipper policy give-access guest read climate/ --bucket s3://demo",
      "dipper policy show s3://demo",
      "dipper policy check s3://demo",
      "dipper policy template iam-user --bucket demo",
      "dipper policy remove s3://demo --yes",
    ],
  });
  addShow(group, run);
  addSet(group, run);
  addGive(group, run);
  addCheck(group, run);
  group.command("template")
    .description(
      "Prints a policy to hand to whoever runs the accounts: rights of a user on a bucket, of a role " +
        "that uploads in parts, or who may assume a role.",
    )
    .argument("<name>", POLICY_TEMPLATES.join(", "))
    .option("--bucket <name>", "the bucket")
    .option("--account <id>", "account on AWS, tenant on Ceph")
    .option("--user <name>", "user who may assume the role")
    .action(run(async (invocation, name: string, values: TemplateValues) => {
      const { policyTemplate } = await import("../../objects/policy/templates.ts");
      const known = POLICY_TEMPLATES.find((each) => each === name);
      if (known === undefined) {
        throw new UsageError(`there is no template ${name}`, {
          hint: `There are ${POLICY_TEMPLATES.join(", ")}.`,
        });
      }
      const policy = policyTemplate(known, values);
      if (invocation.flags.json) await invocation.printJson(policy);
      else await invocation.print(JSON.stringify(policy, undefined, 2) + "\n");
    }));
}

function addShow(group: Command, run: Run): void {
  group.command("show")
    .description("Says in words who may do what; with --json, the policy itself.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { getPolicy, policyWords } = await import("../../objects/policy/policy.ts");
      const { visible } = await import("../../show/text.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const policy = await getPolicy(store, bucket, signal);
      if (policy === undefined) invocation.notice(`s3://${bucket} has no policy`);
      if (invocation.flags.json) return await invocation.printJson(policy ?? null);
      if (policy === undefined) return;
      await invocation.print(policyWords(policy).map((line) => `${visible(line)}\n`).join(""));
    }));
  group.command("remove")
    .description("Removes the policy, or the statement of a name.")
    .argument("[bucket]", "s3://BUCKET")
    .option("--sid <name>", "that statement alone")
    .option("--yes", "do not ask", false)
    .action(
      run(async (
        invocation,
        argument: string | undefined,
        flags: { sid?: string; yes: boolean },
      ) => {
        const { getPolicy, setPolicy } = await import("../../objects/policy/policy.ts");
        const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
        const before = await getPolicy(store, bucket, signal);
        const left = flags.sid === undefined || before === undefined ? undefined : {
          ...before,
          Statement: before.Statement.filter(({ Sid }) => Sid !== flags.sid),
        };
        const gone = (before?.Statement.length ?? 0) - (left?.Statement.length ?? 0);
        if (gone > 0) {
          await agreed(
            invocation,
            `remove ${formatQuantity(gone, "statement")} of s3://${bucket}'s policy`,
            flags,
          );
          await setPolicy(store, bucket, left, signal);
        }
        if (invocation.flags.json) await invocation.printJson(left ?? null);
        else {await say(
            invocation,
            `removed ${formatQuantity(gone, "statement")} of s3://${bucket}'s policy`,
          );}
      }),
    );
}

function addSet(group: Command, run: Run): void {
  group.command("set")
    .description(
      "Sets the policy by a file, or adds a preset to it. public-read lets everybody read, which is " +
        "asked about, and proved by a request without a signature.",
    )
    .argument("[bucket]", "s3://BUCKET")
    .addOption(new Option("--preset <name>", "ready statements").choices([...PRESETS]))
    .option("--prefix <prefix>", "for a preset: only keys that begin so", "")
    .option("--file <path>", "a policy of your own, in JSON")
    .option("--yes", "do not ask", false)
    .action(run(async (invocation, argument: string | undefined, flags: SetFlags) => {
      const { getPolicy, publicRead, setPolicy, withStatements } = await import(
        "../../objects/policy/policy.ts"
      );
      const { publicAccess } = await import("../../objects/access/public.ts");
      const given = await policyOf(flags);
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const before = await getPolicy(store, bucket, signal);
      const policy = given ?? withStatements(before, publicRead(bucket, flags.prefix));
      const what = given === undefined
        ? `let everybody read s3://${bucket}/${flags.prefix}*`
        : `set the policy of s3://${bucket}, ${given.Statement.length} statements instead of ` +
          `${before?.Statement.length ?? 0}`;
      await agreed(invocation, what, flags);
      await setPolicy(store, bucket, policy, signal);
      const seen = given === undefined
        ? await publicAccess(store, { bucket, key: flags.prefix }, signal)
        : undefined;
      if (invocation.flags.json) return await invocation.printJson({ policy, public: seen });
      const proved = {
        true: `; ${seen?.triedKey} can be read without keys`,
        false: `; but ${seen?.triedKey} cannot be read without keys yet`,
      }[String(seen?.read)] ?? "";
      await say(invocation, `set the policy of s3://${bucket}${proved}`);
    }));
}

async function policyOf({ preset, file, prefix }: SetFlags): Promise<Policy | undefined> {
  if ((preset === undefined) === (file === undefined)) {
    throw new UsageError("say --preset or --file, one of them", {
      hint: `The presets are ${PRESETS.join(", ")}.`,
    });
  }
  if (file === undefined) return undefined;
  if (prefix !== "") throw new UsageError("--prefix is for a preset");
  const { readPolicy } = await import("../../objects/policy/policy.ts");
  const { readSettingsFile } = await import("../settings_file.ts");
  return readPolicy(await readSettingsFile(file));
}

function addGive(group: Command, run: Run): void {
  group.command("give-access")
    .description(
      "Lets a user or a role read, or read and write, the keys under a prefix. The name is an ARN, an " +
        "AWS account id, or a user of a service without accounts (Ceph: NAME or TENANT$NAME).",
    )
    .argument("<principal>", "user, role/NAME, or ARN")
    .argument("<access>", "read or write")
    .argument("[prefix]", "keys that begin so; all unless told")
    .option("--bucket <bucket>", "s3://BUCKET; the default bucket unless told")
    .action(
      run(async (
        invocation,
        principal: string,
        access: string,
        prefix: string | undefined,
        flags: { bucket?: string },
      ) => {
        const { giveAccess, policyWords, POLICY_VERSION } = await import(
          "../../objects/policy/policy.ts"
        );
        if (access !== "read" && access !== "write") {
          throw new UsageError(`access is read or write, not ${access}`);
        }
        const { store, bucket, signal } = await openTarget(invocation, flags.bucket, "bucket");
        const grant = { principal, access, prefix: prefix ?? "" } as const;
        const Statement = await giveAccess(store, bucket, grant, signal);
        const added = { Version: POLICY_VERSION, Statement };
        if (invocation.flags.json) return await invocation.printJson(added);
        for (const line of policyWords(added)) {
          await say(invocation, line);
        }
      }),
    );
}

function addCheck(group: Command, run: Run): void {
  group.command("check")
    .description(
      "Says what your key may do here, by trying what does no harm: an upload is begun and aborted, " +
        "a key that does not exist is deleted. Use --profile for another key.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .action(run(async (invocation, argument: string | undefined) => {
      const { checkAccess } = await import("../../objects/policy/check.ts");
      const { visible } = await import("../../show/text.ts");
      const { store, bucket, key, signal } = await openTarget(invocation, argument, "any");
      const json = invocation.flags.json ? new JsonArray(invocation.host.stdout) : undefined;
      const rows: string[][] = [];
      for await (const tried of checkAccess(store, { bucket, prefix: key, signal })) {
        await json?.add(tried);
        const { what, action, allowed, detail } = tried;
        rows.push([what, allowed, action, visible(detail ?? "")]);
      }
      await json?.end();
      if (json === undefined) {
        await invocation.print(columns(rows, ["left", "left", "left", "left"]));
      }
    }));
}
