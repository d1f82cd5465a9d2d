import assert from "node:assert/strict";
import { join } from "node:path";
import { profileFor } from "../../../src/cli/door/profile.ts";
import { isDipperError } from "../../../src/errors.ts";
import { environmentOf } from "../../../src/store/environment.ts";

const DOOR = {
  endpoint: "http://127.0.0.1:9555",
  key: { accessKeyId: "dipper", secretAccessKey: "random-secret" },
  region: "us-east-1",
  profiles: [],
};

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesIn(folder: string) {
  const [config, credentials] = [join(folder, "config"), join(folder, "credentials")];
  return {
    config,
    credentials,
    environment: environmentOf({
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
    }),
  };
}

Deno.test("the profile is there while the gateway runs, and the files are as before afterwards", () =>
  inFolder(async (folder) => {
    const { config, credentials, environment } = filesIn(folder);
    const before = "# mine\n[profile lab]\nregion = eu\n";
    await Deno.writeTextFile(config, before);
    {
      await using profile = await profileFor("dipper", DOOR, environment);
      assert.equal(profile.name, "dipper");
      assert.match(await Deno.readTextFile(config), /endpoint_url = http:\/\/127\.0\.0\.1:9555/);
      assert.match(await Deno.readTextFile(credentials), /random-secret/);
      assert.equal((await Deno.stat(credentials)).mode! & 0o077, 0);
    }
    assert.equal((await Deno.readTextFile(config)).trim(), before.trim());
    assert.doesNotMatch(await Deno.readTextFile(credentials), /dipper|random-secret/);
  }));

Deno.test("a person's profile is not touched, one left behind by a gateway is replaced", () =>
  inFolder(async (folder) => {
    const { config, credentials, environment } = filesIn(folder);
    const own = "[profile dipper]\nendpoint_url = http://127.0.0.1:9000\n";
    await Deno.writeTextFile(config, own);
    await Deno.writeTextFile(credentials, "[dipper]\naws_access_key_id = minio\n");
    await assert.rejects(
      profileFor("dipper", DOOR, environment),
      (error) => isDipperError(error, "usage"),
    );
    assert.equal(await Deno.readTextFile(config), own);
    const earlier = await profileFor("left", DOOR, environment);
    assert.equal(earlier.name, "left");
    const later = { ...DOOR, endpoint: "http://127.0.0.1:9666" };
    await using _profile = await profileFor("left", later, environment);
    // The end of the earlier one takes nothing from the later one.
    await earlier[Symbol.asyncDispose]();
    assert.match(await Deno.readTextFile(config), /127\.0\.0\.1:9666/);
    assert.doesNotMatch(await Deno.readTextFile(config), /127\.0\.0\.1:9555/);
  }));
