/**
 * AWS files that lead to a gateway, for one program, so that nothing in the person's own (addressing, a
 * `services` section, a default profile's role) leads past it.
 *
 * @module
 */
import { join } from "node:path";
import { environmentOf } from "../../store/environment.ts";
import { profileNameFrom, type ProfileSettings, writeProfile } from "../../store/profiles.ts";
import type { DoorAddress } from "./door.ts";

/** The files, readable by their owner alone; they are gone when this is disposed of. */
export interface ConfigFiles extends AsyncDisposable {
  readonly config: string;
  readonly credentials: string;
}

/**
 * Writes them: the profile `default`, and the profiles that the gateway's stores come from, so that a
 * program that names its profile finds the gateway under that name.
 */
export async function writeConfigFiles(door: DoorAddress): Promise<ConfigFiles> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-exec-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  const files = { config: join(folder, "config"), credentials: join(folder, "credentials") };
  try {
    const environment = environmentOf({
      AWS_CONFIG_FILE: files.config,
      AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    });
    for (const profile of new Set(["default", ...door.profiles])) {
      // A name that other AWS tools cannot read is used by none of them.
      if (profileNameFrom(profile, "") !== profile) continue;
      await writeProfile(profile, profileOf(door), environment);
    }
    return { ...files, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The settings of a profile that leads to `door`. */
export function profileOf({ key, endpoint, region }: DoorAddress): ProfileSettings {
  return { ...key, endpoint, region, addressing: "path" };
}
