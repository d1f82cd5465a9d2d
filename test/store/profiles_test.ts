import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { ConfigurationError, UsageError } from "../../src/errors.ts";
import { environmentOf } from "../../src/store/environment.ts";
import {
  listProfiles,
  profileNameFrom,
  removeProfile,
  writeProfile,
} from "../../src/store/profiles.ts";

const SECRET = "canary-profile-secret-0123456789";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await fs.mkdtemp(join(tmpdir(), "dipper-profiles-"));
  try {
    await test(folder);
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}

async function readBack(folder: string, profile: string): Promise<Record<string, unknown>> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: join(folder, ".aws", "config"),
    filepath: join(folder, ".aws", "credentials"),
    ignoreCache: true,
  });
  return { ...configFile[profile], ...credentialsFile[profile] };
}

const mode = async (path: string) => ((await fs.stat(path)).mode & 0o777).toString(8);

Deno.test("a profile is written where the AWS SDK reads it, for its owner alone", () =>
  inFolder(async (home) => {
    const change = await writeProfile("lab", {
      accessKeyId: "AKIALAB",
      secretAccessKey: SECRET,
      sessionToken: "token#with;signs==",
      region: "default",
      endpoint: "https://s3.lab.example:9000",
      addressing: "path",
      caBundle: "/etc/ssl/Größe.pem",
      bucket: "climate",
    }, environmentOf({}, home));
    assert.deepEqual(change.warnings, []);
    assert.deepEqual(await readBack(home, "lab"), {
      aws_access_key_id: "AKIALAB",
      aws_secret_access_key: SECRET,
      aws_session_token: "token#with;signs==",
      region: "default",
      endpoint_url: "https://s3.lab.example:9000",
      "s3.addressing_style": "path",
      ca_bundle: "/etc/ssl/Größe.pem",
      dipper_bucket: "climate",
    });
    assert.equal(await mode(join(home, ".aws")), "700");
    assert.equal(await mode(join(home, ".aws", "credentials")), "600");
    assert.equal(await mode(join(home, ".aws", "config")), "600");
    assert.deepEqual((await fs.readdir(join(home, ".aws"))).sort(), ["config", "credentials"]);
  }));

Deno.test("what is there stays: bytes, order, line endings, mode of the config file", () =>
  inFolder(async (home) => {
    const folder = join(home, ".aws");
    await fs.mkdir(folder);
    const latin = new Uint8Array([0x23, 0x20, 0xe9, 0xff, 0x0d, 0x0a]); // "# é" in Latin-1, no UTF-8
    const text = new TextEncoder().encode(
      "[profile a]\r\nregion = x\r\n\r\n# before b\r\n[profile b]\r\nregion = y\r\n",
    );
    const before = new Uint8Array([...latin, ...text]);
    await fs.writeFile(join(folder, "config"), before, { mode: 0o644 });
    await writeProfile("a", { region: "z" }, environmentOf({}, home));
    const after = new Uint8Array(await fs.readFile(join(folder, "config")));
    const expected = before.slice();
    expected[latin.length + "[profile a]\r\nregion = ".length] = "z".charCodeAt(0);
    assert.deepEqual(after, expected);
    assert.equal(await mode(join(folder, "config")), "644");
  }));

Deno.test("new keys take the old token and keys in the config file away", () =>
  inFolder(async (home) => {
    await fs.mkdir(join(home, ".aws"));
    await fs.writeFile(
      join(home, ".aws", "config"),
      "[default]\naws_access_key_id = OLD\naws_secret_access_key = old\naws_session_token = t\n",
    );
    await fs.writeFile(
      join(home, ".aws", "credentials"),
      "[default]\nregion = shadow\naws_session_token = stale\n",
      { mode: 0o644 },
    );
    const change = await writeProfile("default", {
      accessKeyId: "AKIANEW",
      secretAccessKey: SECRET,
      region: "eu-west-1",
    }, environmentOf({}, home));
    assert.deepEqual(await readBack(home, "default"), {
      aws_access_key_id: "AKIANEW",
      aws_secret_access_key: SECRET,
      region: "eu-west-1",
    });
    assert.match(change.warnings.join(), /now yours alone/);
    assert.equal(await mode(join(home, ".aws", "credentials")), "600");
  }));

Deno.test("AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE are honoured, one file for both too", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "aws");
    const environment = environmentOf({
      AWS_CONFIG_FILE: path,
      AWS_SHARED_CREDENTIALS_FILE: path,
    });
    for (const profile of ["default", "lab"]) {
      await writeProfile(profile, {
        accessKeyId: "AKIALAB",
        secretAccessKey: SECRET,
        region: "eu-west-1",
      }, environment);
      const read = await loadSharedConfigFiles({
        configFilepath: path,
        filepath: path,
        ignoreCache: true,
      });
      assert.equal(read.credentialsFile[profile].aws_secret_access_key, SECRET);
      assert.equal(read.configFile[profile].region, "eu-west-1");
    }
    assert.equal(await mode(path), "600");
  }));

Deno.test("a symbolic link stays one, its target is replaced", () =>
  inFolder(async (home) => {
    await fs.mkdir(join(home, ".aws"));
    await fs.mkdir(join(home, "dotfiles"));
    await fs.symlink("../dotfiles/config", join(home, ".aws", "config"));
    for (const region of ["eu-west-1", "eu-west-2"]) {
      await writeProfile("lab", { region }, environmentOf({}, home));
      assert.equal(await fs.readlink(join(home, ".aws", "config")), "../dotfiles/config");
      assert.equal(
        await fs.readFile(join(home, "dotfiles", "config"), "utf8"),
        `[profile lab]\nregion = ${region}\n`,
      );
    }
  }));

Deno.test("a value that could not be read back is refused, and not shown", () =>
  inFolder(async (home) => {
    const environment = environmentOf({}, home);
    for (const bad of [`${SECRET}\n[default]`, `${SECRET}\r`, ` ${SECRET}`, "", `a #${SECRET}`]) {
      await assert.rejects(
        writeProfile("lab", { accessKeyId: "AKIALAB", secretAccessKey: bad }, environment),
        (error) =>
          error instanceof UsageError && !JSON.stringify(error).includes(SECRET) &&
          error.message.includes("aws_secret_access_key"),
      );
    }
    for (const name of ["a b", "a]", "", "__proto__", "constructor", "a\nb", 'a"b']) {
      await assert.rejects(writeProfile(name, { region: "x" }, environment), UsageError);
    }
    await assert.rejects(
      writeProfile("lab", { accessKeyId: "AKIALAB" }, environment),
      /written together/,
    );
    await assert.rejects(writeProfile("lab", {}, environment), /nothing to write/);
    await assert.rejects(fs.stat(join(home, ".aws")));
  }));

Deno.test("a file that would not be read back is left as it was", () =>
  inFolder(async (home) => {
    const path = join(home, ".aws", "config");
    await fs.mkdir(join(home, ".aws"));
    await fs.writeFile(path, "[profile lab] x\nregion = a\n"); // no section to the SDK
    await assert.rejects(
      writeProfile("lab", { region: "b" }, environmentOf({}, home)),
      (error) => error instanceof ConfigurationError && /read back/.test(error.message),
    );
    assert.equal(await fs.readFile(path, "utf8"), "[profile lab] x\nregion = a\n");
    assert.deepEqual(await fs.readdir(join(home, ".aws")), ["config"]);
  }));

Deno.test("profiles are listed without values of secrets, and removed", () =>
  inFolder(async (home) => {
    const environment = environmentOf({}, home);
    await writeProfile("lab", {
      accessKeyId: "AKIALAB",
      secretAccessKey: SECRET,
      endpoint: "http://127.0.0.1:9000",
      addressing: "path",
    }, environment);
    await writeProfile("default", { region: "eu-west-1" }, environment);
    const listed = await listProfiles(environment);
    assert.deepEqual(listed.map(({ profile }) => profile).sort(), ["default", "lab"]);
    assert.equal(JSON.stringify(listed).includes(SECRET), false);
    const lab = listed.find(({ profile }) => profile === "lab")!;
    assert.equal(lab.endpoint, "http://127.0.0.1:9000");
    assert.ok(lab.entries.includes("s3.addressing_style"));
    assert.equal((await removeProfile("lab", environment)).files.length, 2);
    assert.deepEqual((await listProfiles(environment)).map(({ profile }) => profile), ["default"]);
    await assert.rejects(removeProfile("lab", environment), /no profile lab/);
  }));

Deno.test("a profile's endpoint is that of its services section, where it has one", () =>
  inFolder(async (home) => {
    await Deno.mkdir(join(home, ".aws"), { recursive: true });
    await Deno.writeTextFile(
      join(home, ".aws", "config"),
      "[profile lab]\nservices = ceph\n[services ceph]\ns3 =\n  endpoint_url = https://ceph.example\n",
    );
    const [lab] = await listProfiles(environmentOf({}, home));
    assert.equal(lab.endpoint, "https://ceph.example");
  }));

Deno.test("a profile's name is made of any text", () => {
  assert.equal(profileNameFrom("my lab (new)", "x"), "my-lab-new");
  assert.equal(profileNameFrom("***", "x"), "x");
  assert.equal(profileNameFrom("constructor", "x"), "x");
});
