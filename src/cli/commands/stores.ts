/**
 * `dipper stores`: what can be used, and where each value came from; never a secret.
 *
 * @module
 */
import type { Command } from "commander";
import type { Store } from "../../store/store.ts";
import type { ProfileSummary } from "../../store/profiles.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";

/** Adds the command. */
export function registerStores(program: Command, run: Run): void {
  program.command("stores")
    .summary("show the stores in use and the profiles there are")
    .description(
      "Shows the store (or stores) that the other commands would use with the same flags, where " +
        "each of its settings came from, and the profiles that --profile and --store can name. " +
        "Sends no request for data and never shows a secret.",
    )
    .addHelpText("after", examples("dipper stores", "dipper stores --json"))
    .action(run(async (invocation) => {
      const { StoreSet } = await import("../../store/store_set.ts");
      const { listProfiles } = await import("../../store/profiles.ts");
      const { processEnvironment } = await import("../../store/environment.ts");
      const environment = processEnvironment();
      const profiles = await listProfiles(environment);
      const stores = await StoreSet.resolve(invocation.storeOptions(), environment);
      if (invocation.flags.json) {
        await invocation.printJson({ stores: stores.all.map(storeJson), profiles });
        return;
      }
      for (const store of stores.all) await printStore(invocation, store);
      await printProfiles(invocation, profiles);
    }));
}

function storeJson(store: Store) {
  const { name, endpoint, region, addressing, anonymous, bucket, buckets, profile, origins } =
    store;
  return {
    name,
    endpoint: endpoint?.href,
    region,
    addressing,
    anonymous,
    bucket,
    buckets,
    profile,
    origins,
  };
}

/** What the settings are called on the screen, in the order in which they are shown. */
const LABELS: Readonly<Record<string, string>> = {
  profile: "profile",
  endpoint: "endpoint",
  region: "region",
  addressing: "addressing",
  credentials: "credentials",
  accessKeyId: "access key",
  roleArn: "role",
  bucket: "default bucket",
  buckets: "buckets",
  caBundle: "certificates",
  proxy: "proxy",
};

async function printStore(invocation: Invocation, store: Store): Promise<void> {
  const { visible, displayWidth } = await import("../../show/text.ts");
  const { style } = invocation;
  const shown = Object.entries(store.origins)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([setting, { value, source }]) => ({
      label: LABELS[setting] ?? setting,
      value: visible(value),
      source: visible(source),
    }));
  const label = Math.max(...shown.map((one) => one.label.length));
  const value = Math.min(40, Math.max(...shown.map((one) => displayWidth(one.value))));
  await invocation.print(`${style.bold(`store ${visible(store.name)}`)}\n`);
  for (const one of shown) {
    const gap = " ".repeat(Math.max(0, value - displayWidth(one.value)));
    await invocation.print(
      `  ${one.label.padEnd(label)}  ${one.value}${gap}  ${style.dim(`from ${one.source}`)}\n`,
    );
  }
  await invocation.print("\n");
}

function rank(setting: string): number {
  const at = Object.keys(LABELS).indexOf(setting);
  return at < 0 ? Infinity : at;
}

async function printProfiles(
  invocation: Invocation,
  profiles: readonly ProfileSummary[],
): Promise<void> {
  const { visible } = await import("../../show/text.ts");
  const { style } = invocation;
  if (profiles.length === 0) {
    await invocation.print("No profiles in the AWS files. Make one: dipper configure\n");
    return;
  }
  const width = Math.max(...profiles.map(({ profile }) => profile.length));
  await invocation.print(
    `${style.bold("profiles")} ${
      style.dim("(use one with --profile NAME, several with --store NAME)")
    }\n`,
  );
  const places = profiles.map(({ endpoint = "AWS", region }) =>
    region === undefined ? endpoint : `${endpoint}, ${region}`
  );
  const placeWidth = Math.min(48, Math.max(...places.map((place) => place.length)));
  for (const [index, { profile, entries }] of profiles.entries()) {
    await invocation.print(
      `  ${visible(profile.padEnd(width))}  ${visible(places[index].padEnd(placeWidth))}  ` +
        `${style.dim(identityOf(entries))}\n`,
    );
  }
}

/** Where a profile's credentials come from, by the names of its entries. */
function identityOf(entries: readonly string[]): string {
  const has = (name: string) => entries.includes(name);
  if (has("role_arn")) return "assumes a role";
  if (has("aws_session_token")) return "temporary keys";
  if (has("aws_access_key_id")) return "keys";
  if (has("credential_process")) return "asks a program";
  if (has("sso_session") || has("sso_account_id")) return "SSO";
  return "no keys";
}
