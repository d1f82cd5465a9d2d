import assert from "node:assert/strict";
import { ConfigurationError } from "../../../src/errors.ts";
import { type DiskFiles, LocalFiles, type NewFile } from "../../../src/range/cache/disk_files.ts";
import { checkOwner, prepareFolder } from "../../../src/range/cache/folder.ts";
import { openCache } from "../../../src/range/cache/open_cache.ts";
import { readSettings } from "../../../src/settings.ts";
import { filesBelow, fill, objectOf, openIn, readHeld, withFolder } from "./support.ts";

const object = objectOf(200_000);
const whole = { offset: 0, length: object.size };
const onUnix = { ignore: Deno.build.os === "windows" };

Deno.test("the settings say whether, where and how much", async () => {
  await withFolder(async (folder) => {
    const settingsOf = (more: Record<string, string>) => {
      const said: Record<string, string> = { DIPPER_CACHE_DIR: `${folder}/said`, ...more };
      return readSettings((name) => said[name]);
    };
    for (const [name, value] of [["DIPPER_CACHE", "off"], ["DIPPER_CACHE_SIZE", "0"]]) {
      await using cache = await openCache({}, settingsOf({ [name]: value }));
      fill(cache, object, whole);
      assert.equal(cache.stats.disk, undefined);
    }
    assert.deepEqual(await filesBelow(folder), []);
    await using on = await openCache({ size: 2 ** 30 }, settingsOf({ DIPPER_CACHE_SIZE: "0" }));
    fill(on, object, whole);
    await on.settled();
    assert.match((await filesBelow(folder)).join(), /^[^,]*\/said\/blocks-1\/[^,]*$/);
  });
});

Deno.test("a folder that others can write to is refused, and memory used", onUnix, async () => {
  await withFolder(async (folder) => {
    for (const mode of [0o770, 0o707, 0o777]) {
      await Deno.chmod(folder, mode);
      await assert.rejects(prepareFolder(folder), ConfigurationError);
      const notices: string[] = [];
      await using cache = await openIn(folder, { notice: (notice) => notices.push(notice) });
      assert.match(notices.join(), /^Nothing is cached on disk: others may write .* chmod go-w /);
      fill(cache, object, whole);
      assert.equal((await cache.held(object, whole))[0].tier, "memory");
    }
    await Deno.chmod(folder, 0o755);
    assert.match(await prepareFolder(folder), /blocks-1$/);
    await Deno.chmod(`${folder}/blocks-1`, 0o770);
    await assert.rejects(prepareFolder(folder), /others may write/);
  });
});

Deno.test("a folder of somebody else is refused", onUnix, () => {
  const info = { uid: 1000, mode: 0o40700, isDirectory: true };
  checkOwner("/c", info, 1000);
  assert.throws(() => checkOwner("/c", info, 1001), /belongs to somebody else/);
  assert.throws(() => checkOwner("/c", info, 0), /belongs to somebody else/);
  assert.throws(() => checkOwner("/c", { ...info, isDirectory: false }, 1000), /not a folder/);
});

Deno.test("a path that cannot be a folder is no failure of a read", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const directory of [`${folder}/file`, `${folder}/file/below`]) {
      const notices: string[] = [];
      await using cache = await openIn(directory, { notice: (notice) => notices.push(notice) });
      assert.equal(notices.length, 1);
      fill(cache, object, whole);
      assert.equal((await cache.held(object, whole)).length, 1);
    }
  });
});

/** A disk on which `operation` fails with `code` after `left` times. */
class FailingFiles extends LocalFiles {
  readonly #operation: string;
  readonly #code: string;
  #left: number;

  constructor(operation: keyof DiskFiles | "write" | "read", code: string, left: number) {
    super();
    this.#operation = operation;
    this.#code = code;
    this.#left = left;
  }

  #check(operation: string): void {
    if (operation !== this.#operation || this.#left-- > 0) return;
    throw Object.assign(new Error(`${this.#code}: simulated`), { code: this.#code });
  }

  override list(folder: string) {
    this.#check("list");
    return super.list(folder);
  }

  override open(path: string) {
    this.#check("open");
    return super.open(path);
  }

  override async create(path: string): Promise<NewFile> {
    this.#check("create");
    const file = await super.create(path);
    return {
      write: async (bytes) => {
        this.#check("write");
        await file.write(bytes);
      },
      close: () => file.close(),
    };
  }

  override async rename(from: string, to: string) {
    this.#check("rename");
    await super.rename(from, to);
  }

  override async touch(path: string, time: number) {
    this.#check("touch");
    await super.touch(path, time);
  }
}

Deno.test("a full disk ends writing with one notice and fails no read", async () => {
  for (
    const [operation, code] of [["write", "ENOSPC"], ["create", "EDQUOT"], ["rename", "EROFS"]]
  ) {
    await withFolder(async (folder) => {
      const notices: string[] = [];
      const files = new FailingFiles(operation as "write", code, 2);
      await using cache = await openIn(folder, {
        files,
        memory: 0,
        notice: (notice) => notices.push(notice),
      });
      for (let i = 0; i < 6; i++) {
        fill(cache, objectOf(200_000, `e${i}`), whole);
        await cache.settled();
      }
      assert.equal(notices.length, 1, notices.join("\n"));
      assert.match(notices[0], /^The cache takes nothing more: .* Reading goes on without it\.$/);
      const written = await filesBelow(folder);
      assert.ok(written.length > 0 && !written.join().includes("tmp-"), "no unfinished file");
      const held = await readHeld(cache, objectOf(200_000, "e0"), whole);
      assert.equal(held[0].bytes?.byteLength, 200_000);
      assert.deepEqual(await cache.held(objectOf(200_000, "e5"), whole), []);
    });
  }
});

Deno.test("a disk that fails once in a while is one that misses", async () => {
  for (const operation of ["list", "open", "touch", "write"] as const) {
    await withFolder(async (folder) => {
      {
        await using cache = await openIn(folder);
        fill(cache, object, whole);
      }
      const files = new FailingFiles(operation, "EIO", 0);
      await using cache = await openIn(folder, { files });
      const held = await readHeld(cache, object, whole);
      assert.ok(held.every(({ bytes }) => bytes === undefined || bytes.byteLength === 200_000));
      assert.equal(await cache.recall(object) === undefined, /list|open/.test(operation));
      fill(cache, objectOf(200_000, "e2"), whole);
      await cache.settled();
    });
  }
});
