/**
 * Files of settings: lifecycle and CORS rules, policies.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** Settings are small; what is larger is another file. */
const LARGEST = 10 * 2 ** 20;

/**
 * The text of a file.
 *
 * @throws {UsageError} when it cannot be read or is far too large
 */
export async function readSettingsFile(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST) throw new UsageError(`${path} is too large for settings`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} cannot be read: ${why}`, { cause: error });
  }
}
