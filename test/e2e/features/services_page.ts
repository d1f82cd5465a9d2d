/**
 * The table of services in the documentation, from what the tests saw.
 *
 * @module
 */
import { SERVER_NAMES, type ServerName } from "../support/servers.ts";
import type { Feature } from "./features.ts";

const TITLES: Readonly<Record<ServerName, string>> = {
  ceph: "Ceph RadosGW 16.2",
  versitygw: "versitygw 1.8",
  seaweedfs: "SeaweedFS 4.48",
};

/** Text of `docs/services.md`. */
export function servicesPage(
  features: readonly Feature[],
  outcomes: Readonly<Record<string, Readonly<Record<ServerName, string>>>>,
): string {
  const notes: string[] = [];
  const cell = (outcome: string) => {
    if (outcome === "yes") return "yes";
    if (!notes.includes(outcome)) notes.push(outcome);
    return `no (${notes.indexOf(outcome) + 1})`;
  };
  const rows = features.map(({ name, command }) =>
    `| ${name} | \`${command}\` | ${
      SERVER_NAMES.map((server) => cell(outcomes[name][server])).join(" | ")
    } |`
  );
  return [
    "<!-- deno-fmt-ignore-file -->",
    "",
    "# What each service can do",
    "",
    "_Made by `test/e2e/object_features_test.ts` on the running servers; the test fails when a server " +
    "does something else, either way._",
    "",
    `| | command | ${SERVER_NAMES.map((server) => TITLES[server]).join(" | ")} |`,
    `|---|---|${SERVER_NAMES.map(() => "---|").join("")}`,
    ...rows,
    "",
    ...notes.map((note, index) => `${index + 1}. ${note[0].toUpperCase()}${note.slice(1)}.`),
    "",
    "Where a service lacks something, the command says so in one sentence and exits with 1. What AWS " +
    "and others do differently is said in [the commands' own page](objects.md).",
    "",
  ].join("\n");
}
