/**
 * A transfer in a process of its own, to be killed: `killed.ts ENDPOINT FROM TO STATE`.
 *
 * @module
 */
import { copy } from "../../../../src/objects/transfer/copy.ts";
import { StoreSet } from "../../../../src/store/store_set.ts";
import { fakeStore } from "../../../range/support/fake_store.ts";

const [endpoint, from, to, stateFolder] = Deno.args;
const stores = StoreSet.of([fakeStore(new URL(endpoint))]);
const limits = { requests: 4, bytes: 4 * 64 * 1024 };
const sizes = { singleUpTo: 64 * 1024, part: 64 * 1024 };
const summary = await copy(stores, from, to, { stateFolder, limits, sizes });
Deno.exit(summary.failed.length === 0 ? 0 : 1);
