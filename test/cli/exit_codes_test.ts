import assert from "node:assert/strict";
import * as errors from "../../src/errors.ts";
import { EXIT, exitCodeFor } from "../../src/cli/exit_codes.ts";

const EXPECTED: Record<errors.ErrorTag, number> = {
  usage: 2,
  bucket_not_found: 3,
  key_not_found: 3,
  no_credentials: 4,
  bad_credentials: 4,
  expired_token: 4,
  permission: 4,
  wrong_region: 5,
  wrong_endpoint: 5,
  network: 5,
  timeout: 5,
  tls: 5,
  clock_skew: 5,
  store_mapping: 1,
  configuration: 1,
  sql: 1,
  unreadable_file: 1,
  object_changed: 1,
  target_exists: 1,
  read_only: 1,
  unsafe_statement: 1,
  unsupported: 1,
  extension: 1,
  disk_full: 1,
  out_of_memory: 1,
  cancelled: 130,
  partial: 6,
  budget: 1,
  service: 1,
  internal: 1,
};

class Tagged extends errors.DipperError {
  constructor(readonly tag: errors.ErrorTag) {
    super("it failed");
  }
}

Deno.test("every tag has its exit code", () => {
  for (const [tag, code] of Object.entries(EXPECTED)) {
    assert.equal(exitCodeFor(new Tagged(tag as errors.ErrorTag)), code, tag);
  }
});

Deno.test("what is not a DipperError is a failure", () => {
  assert.equal(exitCodeFor(new TypeError("x")), EXIT.failed);
  assert.equal(exitCodeFor("x"), EXIT.failed);
});
