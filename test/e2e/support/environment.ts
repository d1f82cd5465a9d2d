/**
 * The environment of a person who has set only what a test says.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What stays: where programs and their caches are. */
const KEPT = /^(PATH|LANG|TMPDIR|SSL_CERT_\w+|DENO_\w+|XDG_CACHE_HOME|PIP_\w+|NPM_\w+)$/i;

/** A person: variables, and files in their home folder by relative path. */
export interface Person {
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Variables for a process of that person's, with a home folder that is gone afterwards. */
export async function withHome<T>(
  { variables = {}, files = {} }: Person,
  body: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  const before = Deno.env.toObject();
  const home = await Deno.makeTempDir({ prefix: "dipper-home-" });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text, { mode: 0o600 });
  }
  const kept = Object.entries(before).filter(([name]) => KEPT.test(name));
  // Extensions and packages that were fetched once are not fetched again for every home.
  const caches = {
    XDG_CACHE_HOME: before.XDG_CACHE_HOME ?? join(before.HOME, ".cache"),
    DENO_DIR: before.DENO_DIR ?? join(before.HOME, ".cache", "deno"),
  };
  try {
    return await body({ ...Object.fromEntries(kept), ...caches, HOME: home, ...variables });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Runs `body` in this process with that person's environment. */
export async function asPerson<T>(person: Person, body: () => Promise<T>): Promise<T> {
  const before = Deno.env.toObject();
  return await withHome(person, async (environment) => {
    replaceEnvironment(environment);
    try {
      return await body();
    } finally {
      replaceEnvironment(before);
    }
  });
}

function replaceEnvironment(wanted: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (!(name in wanted)) Deno.env.delete(name);
  }
  for (const [name, value] of Object.entries(wanted)) Deno.env.set(name, value);
}
