/**
 * An AWS profile that leads to a gateway while it runs.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { type Environment, processEnvironment } from "../../store/environment.ts";
import { readAwsFiles } from "../../store/aws_files.ts";
import { removeProfile, writeProfile } from "../../store/profiles.ts";
import { profileOf } from "./config_files.ts";
import { DOOR_NAME, type DoorAddress } from "./door.ts";

/** The profile; it is gone from the files when it is disposed of. */
export interface DoorProfile extends AsyncDisposable {
  readonly name: string;
}

/**
 * Writes the profile `name` into the person's AWS files. One that an earlier gateway has left there, when
 * it was killed, is replaced.
 *
 * @throws {UsageError} when there is a profile of that name that leads elsewhere: it is not touched
 * @throws {ConfigurationError} when a file cannot be written
 */
export async function profileFor(
  name: string,
  door: DoorAddress,
  environment: Environment = processEnvironment(),
): Promise<DoorProfile> {
  const before = await profileOwner(name, environment);
  if (before.owner === "person") {
    throw new UsageError(`there is a profile ${name} already, which leads elsewhere`, {
      hint: "Give this one another name: --write-profile NAME.",
    });
  }
  if (before.owner === "gateway") await removeProfile(name, environment);
  await writeProfile(name, profileOf(door), environment);
  return {
    name,
    async [Symbol.asyncDispose]() {
      const { endpoint } = await profileOwner(name, environment);
      // Another gateway may have taken the name meanwhile.
      if (endpoint === door.endpoint) await removeProfile(name, environment);
    },
  };
}

/** Whose the profile is: a gateway's has its access key and an address of this machine. */
async function profileOwner(
  name: string,
  environment: Environment,
): Promise<
  { readonly owner: "nobody" | "gateway" | "person"; readonly endpoint: string | undefined }
> {
  const { profiles } = await readAwsFiles(environment);
  const settings = profiles.get(name)?.settings;
  if (settings === undefined) return { owner: "nobody", endpoint: undefined };
  const endpoint = settings.get("endpoint_url")?.value;
  const isGateway = settings.get("aws_access_key_id")?.value === DOOR_NAME &&
    endpoint !== undefined && /^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint);
  return { owner: isGateway ? "gateway" : "person", endpoint };
}
