/**
 * `dipper acl`: access lists, and whether strangers can read.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { CANNED_ACLS } from "../../objects/access/public.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { commandGroup } from "../group.ts";
import { columns } from "../lines.ts";
import { openTarget } from "../target.ts";

/** Adds the commands. */
export function registerAcl(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "acl",
    summary: "access lists, and whether strangers can read",
    description:
      "Shows and sets the access list of a bucket or an object, and asks without a signature what a " +
      "stranger gets. Newer services leave ACLs out: there a policy says it.",
    examples: [
      "dipper acl show s3://demo",
      "dipper acl set s3://demo/nycflights13/airlines.csv public-read --yes",
      "dipper acl set s3://demo/nycflights13/airlines.csv private",
    ],
  });
  group.command("show")
    .description("Shows who has which right by the access list.")
    .argument("[uri]", "s3://BUCKET[/KEY]")
    .action(run(async (invocation, argument: string | undefined) => {
      const { getAcl } = await import("../../objects/access/public.ts");
      const { visible } = await import("../../show/text.ts");
      const { store, signal, ...location } = await openTarget(invocation, argument, "any");
      const grants = await getAcl(store, location, signal);
      if (invocation.flags.json) return await invocation.printJson(grants);
      const rows = grants.map(({ to, right }) => [visible(to), right]);
      await invocation.print(columns(rows, ["left", "left"]));
    }));
  group.command("set")
    .description("Sets one of the access lists that services know by name.")
    .argument("<uri>", "s3://BUCKET[/KEY]")
    .argument("<acl>", CANNED_ACLS.join(", "))
    .option("--yes", "do not ask before something becomes public", false)
    .action(run(async (invocation, argument: string, acl: string, flags: { yes: boolean }) => {
      const { publicAccess, setAcl } = await import("../../objects/access/public.ts");
      const known = CANNED_ACLS.find((each) => each === acl);
      if (known === undefined) {
        throw new UsageError(`there is no access list ${acl}`, {
          hint: `There are ${CANNED_ACLS.join(", ")}.`,
        });
      }
      const { store, signal, uri, ...location } = await openTarget(invocation, argument, "any");
      if (known === "public-read") {
        const what = location.key === ""
          ? `let everybody list ${uri}`
          : `let everybody read ${uri}`;
        await agreed(invocation, what, flags);
      }
      await setAcl(store, location, known, signal);
      const seen = await publicAccess(store, location, signal);
      if (invocation.flags.json) return await invocation.printJson({ uri, acl, public: seen });
      const open = location.key === "" ? seen.list : seen.read === true;
      await say(
        invocation,
        `set ${acl} on ${uri}; strangers ${open ? "can" : "cannot"} ` +
          (location.key === "" ? "list it" : "read it"),
      );
    }));
  group.command("check")
    .description("Asks without a signature what a stranger gets; exits with 4 when it is nothing.")
    .argument("[uri]", "s3://BUCKET[/KEY]")
    .action(run(async (invocation, argument: string | undefined) => {
      const { publicAccess } = await import("../../objects/access/public.ts");
      const { visible } = await import("../../show/text.ts");
      const { store, signal, ...location } = await openTarget(invocation, argument, "any");
      const seen = await publicAccess(store, location, signal);
      if (invocation.flags.json) await invocation.printJson(seen);
      else {
        const read = seen.triedKey === undefined
          ? "there is no object to try with"
          : `${visible(seen.triedKey)} can${seen.read ? "" : "not"} be read`;
        await invocation.print(`the bucket can${seen.list ? "" : "not"} be listed; ${read}\n`);
      }
      return seen.list || seen.read ? EXIT.done : EXIT.permission;
    }));
}
