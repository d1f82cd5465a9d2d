import assert from "node:assert/strict";
import { ConfigurationError } from "../src/errors.ts";
import { parseSize, readSettings } from "../src/settings.ts";

const settingsOf = (variables: Record<string, string>) => readSettings((name) => variables[name]);

Deno.test("the cache folder is said, else shared, else the platform's", () => {
  assert.equal(settingsOf({ DIPPER_CACHE_DIR: "/c", XDG_CACHE_HOME: "/x" }).cacheDirectory, "/c");
  assert.match(settingsOf({ XDG_CACHE_HOME: "/x" }).cacheDirectory, /^[\\/]x[\\/]dipper$/);
  assert.match(settingsOf({ HOME: "/h", USERPROFILE: "/h" }).cacheDirectory, /h.*dipper/);
});

Deno.test("sizes have decimal and binary units", () => {
  assert.equal(parseSize("1048576", "X"), 1048576);
  assert.equal(parseSize("500 MB", "X"), 500e6);
  assert.equal(parseSize("1.5GiB", "X"), 1.5 * 2 ** 30);
  for (const text of ["", "x", "-1", "1 XB", "1 2"]) {
    assert.throws(() => parseSize(text, "X"), ConfigurationError, text);
  }
  assert.throws(() => settingsOf({ DIPPER_CACHE_SIZE: "much" }), /DIPPER_CACHE_SIZE/);
});

Deno.test("the cache is on unless it is switched off", () => {
  assert.equal(settingsOf({}).cacheEnabled, true);
  assert.equal(settingsOf({ DIPPER_CACHE: "" }).cacheEnabled, true);
  assert.equal(settingsOf({ DIPPER_CACHE: "on" }).cacheEnabled, true);
  for (const DIPPER_CACHE of ["off", "OFF", "0", "false"]) {
    assert.equal(settingsOf({ DIPPER_CACHE }).cacheEnabled, false);
  }
  assert.throws(() => settingsOf({ DIPPER_CACHE: "maybe" }), /DIPPER_CACHE is neither/);
});

Deno.test("a network is used unless it is said that there is none", () => {
  assert.equal(settingsOf({}).offline, false);
  assert.equal(settingsOf({ DIPPER_OFFLINE: "" }).offline, false);
  assert.equal(settingsOf({ DIPPER_OFFLINE: "on" }).offline, true);
  assert.throws(() => settingsOf({ DIPPER_OFFLINE: "maybe" }), /DIPPER_OFFLINE is neither/);
});

Deno.test("NO_COLOR with any value and TERM=dumb take colour away", () => {
  assert.equal(settingsOf({}).colour, true);
  assert.equal(settingsOf({ NO_COLOR: "" }).colour, true);
  assert.equal(settingsOf({ NO_COLOR: "0" }).colour, false);
  assert.equal(settingsOf({ TERM: "dumb" }).colour, false);
});

Deno.test("COLUMNS counts when it is a number", () => {
  assert.equal(settingsOf({ COLUMNS: "132" }).columns, 132);
  for (const COLUMNS of ["", "0", "-1", "wide", "1.5"]) {
    assert.equal(settingsOf({ COLUMNS }).columns, undefined);
  }
});
