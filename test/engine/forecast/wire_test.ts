import assert from "node:assert/strict";
import { wireCost } from "../../../src/engine/forecast/wire.ts";

const MIB = 2 ** 20;
const file = { key: "x.parquet", size: 100 * MIB, isListed: false, held: undefined };

Deno.test("an opening brings the end of a Parquet file along, whoever asks for it then", () => {
  const end = { offset: file.size - MIB / 8, length: MIB / 8 };
  assert.deepEqual(wireCost(file, [end]), {
    requests: 1,
    bytes: { needed: MIB / 4, cached: 0, read: MIB / 4 },
  });
});

Deno.test("large reads are several requests, and nothing is fetched twice", () => {
  const chunk = { offset: 0, length: 6 * MIB };
  const { requests, bytes } = wireCost(file, [chunk, chunk, { offset: MIB, length: MIB }]);
  assert.equal(requests, 1 + 3);
  assert.equal(bytes.read, 6 * MIB + MIB / 4);
});

Deno.test("what is held is not fetched; a known object is only asked after", () => {
  const held = [{ offset: 0, length: MIB }, { offset: 3 * MIB, length: MIB }];
  const chunk = { offset: 0, length: 4 * MIB };
  assert.deepEqual(wireCost({ ...file, held }, [chunk]), {
    requests: 2,
    bytes: { needed: 4 * MIB, cached: 2 * MIB, read: 2 * MIB },
  });
  assert.deepEqual(wireCost({ ...file, held }, [held[0]]), {
    requests: 1,
    bytes: { needed: MIB, cached: MIB, read: 0 },
  });
});

Deno.test("a listing spares the opening, and a small file comes whole", () => {
  const small = { key: "x.parquet", size: 40_000, isListed: true, held: undefined };
  assert.deepEqual(wireCost(small, [{ offset: 100, length: 10 }, { offset: 30_000, length: 9 }]), {
    requests: 1,
    bytes: { needed: 40_000, cached: 0, read: 40_000 },
  });
});
