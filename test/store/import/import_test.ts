import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ConfigurationError } from "../../../src/errors.ts";
import { holdsSecret } from "../../../src/redaction.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { importProfiles } from "../../../src/store/import/import.ts";
import type { Imported } from "../../../src/store/import/imported.ts";
import { writeProfile } from "../../../src/store/profiles.ts";

const SECRET = "canary/import+secret=0123456789";

/** Runs with a home folder that holds `files`, by path, all of them 0600. */
async function inHome(
  files: Record<string, string>,
  test: (home: string) => Promise<void>,
): Promise<void> {
  const home = await fs.mkdtemp(join(tmpdir(), "dipper-import-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await fs.mkdir(dirname(join(home, path)), { recursive: true });
      await fs.writeFile(join(home, path), text, { mode: 0o600 });
    }
    await test(home);
  } finally {
    await fs.rm(home, { recursive: true });
  }
}

function settingsOf(imported: Imported, profile: string): unknown {
  return imported.profiles.find((one) => one.profile === profile)?.settings;
}

const RCLONE = `# comment
[ceph hpc]
type = s3
provider = Ceph
env_auth = false
access_key_id = CEPHKEY
secret_access_key = ${SECRET}
endpoint = s3.hpc.example:8443
force_path_style = true

[aws]
type = s3
provider = AWS
access_key_id = AKIAAWS
secret_access_key = ${SECRET}
session_token = ${SECRET}/token
region = eu-central-1
; storage_class = GLACIER

[oss]
type = s3
provider = Alibaba
access_key_id = OSS
secret_access_key = ${SECRET}
endpoint = https://oss-cn-hongkong.aliyuncs.com/

[role]
type = s3
provider = AWS
env_auth = true
profile = work

[public]
type = s3
provider = Minio
endpoint = http://127.0.0.1:9000
force_path_style = false

[gone]
type = s3
provider = Wasabi
access_key_id = W
secret_access_key = ${SECRET}
v2_auth = true

[gdrive]
type = drive
token = {"access_token":"x"}
`;

Deno.test("rclone: S3 remotes become profiles, others are named", () =>
  inHome({ ".config/rclone/rclone.conf": RCLONE }, async (home) => {
    const imported = await importProfiles("rclone", environmentOf({}, home));
    assert.deepEqual(settingsOf(imported, "ceph-hpc"), {
      accessKeyId: "CEPHKEY",
      secretAccessKey: SECRET,
      endpoint: "https://s3.hpc.example:8443",
      addressing: "path",
    });
    assert.deepEqual(settingsOf(imported, "aws"), {
      accessKeyId: "AKIAAWS",
      secretAccessKey: SECRET,
      sessionToken: `${SECRET}/token`,
      region: "eu-central-1",
    });
    assert.deepEqual(settingsOf(imported, "oss"), {
      accessKeyId: "OSS",
      secretAccessKey: SECRET,
      endpoint: "https://oss-cn-hongkong.aliyuncs.com",
      addressing: "virtual",
    });
    assert.deepEqual(settingsOf(imported, "public"), {
      endpoint: "http://127.0.0.1:9000",
      addressing: "virtual",
    });
    const warnings = (name: string) =>
      imported.profiles.find((one) => one.from === name)!.warnings.join("\n");
    assert.match(warnings("role"), /AWS profile work/);
    assert.match(warnings("public"), /anonymous/);
    assert.match(warnings("gone"), /no endpoint[^]*version 2/);
    assert.equal(warnings("ceph hpc"), "");
    assert.deepEqual(imported.skipped, [{
      from: "gdrive",
      reason: "a remote of type drive, not s3",
    }]);
    assert.deepEqual(imported.warnings, []);
    assert.ok(holdsSecret(SECRET));
  }));

Deno.test("rclone: its file is found by RCLONE_CONFIG, XDG_CONFIG_HOME and in the home folder", async () => {
  const conf = (name: string) => `[${name}]\ntype = s3\nprovider = AWS\n`;
  await inHome({
    "x/rclone/rclone.conf": conf("xdg"),
    "given.conf": conf("given"),
    ".rclone.conf": conf("hidden"),
  }, async (home) => {
    const named = async (variables: Record<string, string>) =>
      (await importProfiles("rclone", environmentOf(variables, home))).profiles[0].profile;
    assert.equal(await named({ RCLONE_CONFIG: join(home, "given.conf") }), "given");
    assert.equal(await named({ XDG_CONFIG_HOME: join(home, "x") }), "xdg");
    assert.equal(await named({}), "hidden");
  });
});

Deno.test("rclone: an encrypted file is refused with the way out", () =>
  inHome({
    ".config/rclone/rclone.conf":
      "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nAAA=",
  }, async (home) => {
    await assert.rejects(
      importProfiles("rclone", environmentOf({}, home)),
      (error) => error instanceof ConfigurationError && /rclone config show/.test(error.hint ?? ""),
    );
  }));

Deno.test("s3cmd: address, addressing, region and keys", () =>
  inHome({
    ".s3cfg": `[default]
access_key = S3CMDKEY
secret_key = "${SECRET}"
access_token = $LAB_TOKEN
bucket_location = US
# host_base = old.example
host_base = rgw.example:7480
host_bucket = rgw.example:7480/%(bucket)s.rgw.example:7480
use_https = False
`,
    "path.cfg": "access_key = A\nsecret_key = B1234567\nhost_base = rgw.example\n" +
      "host_bucket = rgw.example\nuse_https = True\nbucket_location = lab\nsignature_v2 = True\n",
    "aws.cfg": "access_key = A\nsecret_key = B1234567\nhost_base = s3.amazonaws.com\n" +
      "host_bucket = %(bucket)s.s3.amazonaws.com\nbucket_location = EU\nproxy_host = p\n",
  }, async (home) => {
    const environment = environmentOf({ LAB_TOKEN: `${SECRET}/t` }, home);
    assert.deepEqual(settingsOf(await importProfiles("s3cfg", environment), "s3cmd"), {
      accessKeyId: "S3CMDKEY",
      secretAccessKey: SECRET,
      sessionToken: `${SECRET}/t`,
      endpoint: "http://rgw.example:7480",
      addressing: "virtual",
    });
    const path = await importProfiles("s3cfg", environment, join(home, "path.cfg"));
    assert.deepEqual(settingsOf(path, "s3cmd"), {
      accessKeyId: "A",
      secretAccessKey: "B1234567",
      region: "lab",
      endpoint: "https://rgw.example",
      addressing: "path",
    });
    assert.match(path.profiles[0].warnings.join(), /version 2/);
    const aws = await importProfiles("s3cfg", environment, join(home, "aws.cfg"));
    assert.deepEqual(settingsOf(aws, "s3cmd"), {
      accessKeyId: "A",
      secretAccessKey: "B1234567",
      region: "eu-west-1",
    });
    assert.match(aws.profiles[0].warnings.join(), /HTTPS_PROXY/);
  }));

Deno.test("s3fs: both forms of line, comments, loose permissions", () =>
  inHome({
    ".passwd-s3fs": `# mine\nKEY:${SECRET}\n\nclimate.data:KEY2:${SECRET}2\n`,
  }, async (home) => {
    const environment = environmentOf({}, home);
    const imported = await importProfiles("passwd-s3fs", environment);
    assert.deepEqual(imported.profiles.map(({ profile, settings }) => ({ profile, settings })), [
      { profile: "s3fs", settings: { accessKeyId: "KEY", secretAccessKey: SECRET } },
      {
        profile: "s3fs-climate.data",
        settings: {
          accessKeyId: "KEY2",
          secretAccessKey: `${SECRET}2`,
          bucket: "climate.data",
        },
      },
    ]);
    assert.deepEqual(imported.warnings, []);
    await fs.chmod(join(home, ".passwd-s3fs"), 0o644);
    assert.match((await importProfiles("passwd-s3fs", environment)).warnings.join(), /chmod 600/);
    for (const { profile, settings } of imported.profiles) {
      await writeProfile(profile, settings, environment);
    }
    assert.match(
      await fs.readFile(join(home, ".aws", "config"), "utf8"),
      /\[profile s3fs-climate.data\]\ndipper_bucket = climate.data\n/,
    );
  }));

Deno.test("s3fs: a line of another form is named by its number, not its text", () =>
  inHome(
    { "old": `AWSAccessKeyId=KEY\nAWSSecretKey=${SECRET}\n`, "bad": `KEY ${SECRET}\n` },
    async (home) => {
      const environment = environmentOf({}, home);
      const old = await importProfiles("passwd-s3fs", environment, join(home, "old"));
      assert.deepEqual(settingsOf(old, "s3fs"), { accessKeyId: "KEY", secretAccessKey: SECRET });
      await assert.rejects(
        importProfiles("passwd-s3fs", environment, join(home, "bad")),
        (error) =>
          error instanceof ConfigurationError && error.context.position?.line === 1 &&
          !JSON.stringify(error).includes("canary"),
      );
    },
  ));

Deno.test("a file that is not there is said with the places", () =>
  inHome({}, async (home) => {
    for (const source of ["rclone", "s3cfg"] as const) {
      await assert.rejects(
        importProfiles(source, environmentOf({}, home)),
        (error) => error instanceof ConfigurationError && error.message.includes(home),
      );
    }
  }));
