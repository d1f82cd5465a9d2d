/**
 * The keys that the gateway has given out: random, for this process, each with a name.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { UsageError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import { type Scope, signingKey } from "./sigv4.ts";

/** What a client signs with. The access key is the name under which its requests are counted. */
export interface IssuedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** 240 bits, in 40 characters that need no escaping anywhere. */
const SECRET_BYTES = 30;

/** Issues keys and finds them again. */
export class KeyRing {
  readonly #secrets = new Map<string, string>();
  readonly #dayKeys = new Map<string, { readonly scope: string; readonly key: Uint8Array }>();

  /** Of all keys that are issued as `shared`. */
  readonly #shared = randomSecret();

  /**
   * The key of `name`, made when there is none yet. With a `shared` secret, which all such keys have,
   * a name can be taken and given up thousands of times and leaves nothing to be kept secret.
   *
   * @throws {UsageError} when `name` cannot be an access key
   */
  issue(name: string, secret: "own" | "shared" = "own"): IssuedKey {
    if (!NAME.test(name)) {
      throw new UsageError(`${JSON.stringify(name)} cannot be an access key`, {
        hint: "Use letters, digits, dots, hyphens and underscores, 128 at most.",
      });
    }
    const secretAccessKey = this.#secrets.get(name) ??
      (secret === "shared" ? this.#shared : randomSecret());
    this.#secrets.set(name, secretAccessKey);
    registerSecret(secretAccessKey);
    return { accessKeyId: name, secretAccessKey };
  }

  /** Makes the key of `name` worthless. */
  revoke(name: string): void {
    this.#secrets.delete(name);
    this.#dayKeys.delete(name);
  }

  /** What `name` signs with in `scope`; undefined when there is no such key. */
  signingKey(name: string, scope: Scope): Uint8Array | undefined {
    const secret = this.#secrets.get(name);
    if (secret === undefined) return undefined;
    const wanted = `${scope.day}/${scope.region}/${scope.service}`;
    const known = this.#dayKeys.get(name);
    if (known?.scope === wanted) return known.key;
    const key = signingKey(secret, scope);
    this.#dayKeys.set(name, { scope: wanted, key });
    return key;
  }
}

function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}
