import assert from "node:assert/strict";
import { scanFilter } from "../../../src/engine/transport/scan_filter.ts";
import { and, compare, isNull, not, or, type Predicate } from "../../../src/formats/predicate.ts";

const whole = (where: Predicate) => ({ where, isWhole: true, mentioned: [] });

/** As DuckDB 1.5.5 writes them. */
Deno.test("comparisons are understood, with values as texts", () => {
  assert.deepEqual(
    scanFilter(["id>=5 AND id<=9"]),
    whole(and(compare("id", ">=", "5"), compare("id", "<=", "9"))),
  );
  assert.deepEqual(scanFilter(["d<-1.5e+20"]), whole(compare("d", "<", "-1.5e+20")));
  assert.deepEqual(scanFilter(["id!=4"]), whole(compare("id", "<>", "4")));
  assert.deepEqual(scanFilter(["a b=3"]), whole(compare("a b", "=", "3")));
  assert.deepEqual(scanFilter(["st.y.z>3"]), whole(compare("st.y.z", ">", "3")));
  assert.deepEqual(
    scanFilter(["id>5", "cat='c 5'"]),
    whole(and(compare("id", ">", "5"), compare("cat", "=", "c 5"))),
  );
  assert.deepEqual(
    scanFilter(["ts>='2020-03-01 00:00:00'::TIMESTAMP AND ts<'2020-03-02 00:00:00'::TIMESTAMP"]),
    whole(
      and(compare("ts", ">=", "2020-03-01 00:00:00"), compare("ts", "<", "2020-03-02 00:00:00")),
    ),
  );
  assert.deepEqual(
    scanFilter(["tz>'2020-03-01 00:00:00+00'::TIMESTAMP WITH TIME ZONE"]),
    whole(compare("tz", ">", "2020-03-01 00:00:00+00")),
  );
  assert.deepEqual(scanFilter(["cat='o''e AND id=3'"]), whole(compare("cat", "=", "o'e AND id=3")));
  assert.deepEqual(scanFilter(["id IS NULL"]), whole(isNull("id")));
  assert.deepEqual(scanFilter(["id IS NOT NULL"]), whole(not(isNull("id"))));
});

Deno.test("one of several values is one of several comparisons", () => {
  assert.deepEqual(
    scanFilter(["optional: id IN (1, 5)"]),
    whole(or(compare("id", "=", "1"), compare("id", "=", "5"))),
  );
  assert.deepEqual(
    scanFilter(["optional: cat IN ('c 1', 'c, 2')"]),
    whole(or(compare("cat", "=", "c 1"), compare("cat", "=", "c, 2"))),
  );
  assert.deepEqual(
    scanFilter(["optional: id<3 OR id>99"]),
    whole(or(compare("id", "<", "3"), compare("id", ">", "99"))),
  );
});

Deno.test("of what is not understood, the words are kept", () => {
  assert.deepEqual(scanFilter(["suffix(cat, 'AND b')"]), {
    where: undefined,
    isWhole: false,
    mentioned: ["suffix", "cat"],
  });
  assert.deepEqual(scanFilter(["id>5 AND ((id % 2) = 0)"]), {
    where: compare("id", ">", "5"),
    isWhole: false,
    mentioned: ["id", "AND"],
  });
  assert.deepEqual(scanFilter(["ok"]), { where: undefined, isWhole: false, mentioned: ["ok"] });
  assert.deepEqual(scanFilter(['("year"(ts) = 2020)']), {
    where: undefined,
    isWhole: false,
    mentioned: ["year", "ts"],
  });
});

Deno.test("AND and OR together are not understood, nor is an OR with something that is not", () => {
  assert.equal(scanFilter(["id<3 OR id>5 AND id<9"]).where, undefined);
  assert.equal(scanFilter(["id<3 OR suffix(cat, 'x')"]).where, undefined);
  assert.equal(scanFilter(["id<3 OR id>5 AND id<9"]).isWhole, false);
});

Deno.test("names and values that look like a filter's own signs break nothing off", () => {
  for (
    const text of ["AND=3", "a AND b=3", "=", "'", "((", "))", " AND ", "x='", "q IN (", "x IN ()"]
  ) {
    const { isWhole, where } = scanFilter([text]);
    assert.equal(typeof isWhole, "boolean", text);
    assert.ok(where === undefined || typeof where.kind === "string", text);
  }
});
