import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { projectFiles, readText, ROOT } from "./source.ts";

const LARGEST = 10_000_000;

/** This file names what it looks for. */
const SELF = "test/structure/tree_test.ts";

function filesWith(pattern: RegExp, except: readonly string[] = []): string[] {
  return projectFiles().filter((path) => {
    if (path === SELF || except.includes(path)) return false;
    const text = proseOf(path);
    return !text.slice(0, 8000).includes("\0") && pattern.test(text);
  }).map((path) => `${path}: ${proseOf(path).match(pattern)?.[0]}`);
}

/** The text without the base64 of a notebook's pictures, in which any word turns up. */
function proseOf(path: string): string {
  const text = readText(path);
  return path.endsWith(".ipynb") ? text.replace(/[A-Za-z0-9+/=]{500,}/g, "") : text;
}

Deno.test("no file is larger than 10 MB", () => {
  assert.deepEqual(projectFiles().filter((path) => statSync(ROOT + path).size > LARGEST), []);
});

Deno.test("no file names a place on the machine that it was written on", () => {
  const here = dirname(ROOT.replace(/\/$/, ""));
  const isTelling = (path: string) => !["/", "/tmp", "/home", "/Users"].includes(path);
  const places = [here, homedir()].filter(isTelling).map((path) => `${path}/`);
  assert.deepEqual(filesWith(new RegExp(`(?<![\\w.])(${places.map(escape).join("|")})`)), []);
});

Deno.test("no file names the host of a package registry that this machine uses", () => {
  const hosts = registryHosts();
  if (hosts.length > 0) {
    assert.deepEqual(filesWith(new RegExp(hosts.map(escape).join("|")), ["deno.lock"]), []);
  }
});

Deno.test("no file holds a key that looks real", () => {
  // A real access key's name is in base 32; AWS's own documentation has ones that end in EXAMPLE.
  const keys =
    /\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z2-7]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
  assert.deepEqual(filesWith(keys, ["test/fixtures/tls/server.key"]), []);
});

Deno.test("no file tells how the work on it is organised", () => {
  const words = [
    "CEO",
    "sub-?agents?",
    "\\bAI (?:agent|assistant|model|session)",
    "the brief\\b",
    "closing note",
    "handover note",
    "\\bissue #?\\d+\\b",
    "CONTRACT\\.md",
  ];
  assert.deepEqual(filesWith(new RegExp(words.join("|")), ["deno.lock"]), []);
});

function registryHosts(): string[] {
  const ask: [string, string[]][] = [
    ["npm", ["config", "get", "registry"]],
    ["pip", ["config", "get", "global.index-url"]],
    ["go", ["env", "GOPROXY"]],
  ];
  const answers = ask.map(([command, args]) => {
    try {
      return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      // A machine without the tool, or with none configured, has no host of its to leak.
      return "";
    }
  });
  const hosts = answers.flatMap((text) => [...text.matchAll(/:\/\/([^/\s,:@]+)/g)])
    .map((match) => match[1]);
  return [...new Set(hosts)].filter((host) => !/^(localhost|127\.)/.test(host));
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
