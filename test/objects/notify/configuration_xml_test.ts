import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isConfiguration,
  type NotificationRule,
  readConfiguration,
  withoutRules,
  withRule,
} from "../../../src/objects/notify/configuration_xml.ts";

const EMPTY = '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  "</NotificationConfiguration>";

const FOREIGN = "<TopicConfiguration><Id>theirs</Id><Topic>arn:aws:sns:default::t</Topic>" +
  "<Event>s3:ObjectCreated:*</Event><Filter><S3Metadata><FilterRule><Name>x-amz-meta-run</Name>" +
  "<Value>1</Value></FilterRule></S3Metadata></Filter></TopicConfiguration>" +
  "<EventBridgeConfiguration></EventBridgeConfiguration>";

const text = fc.string({ unit: "grapheme", maxLength: 12 })
  // deno-lint-ignore no-control-regex -- what XML 1.0 cannot hold
  .filter((value) => !/[\u0000-\u001f\ufffe\uffff]/.test(value) && value === value.trim());

const rule: fc.Arbitrary<NotificationRule> = fc.record({
  name: text.filter((value) => value !== ""),
  kind: fc.constantFrom("topic" as const, "queue" as const, "function" as const),
  arn: text,
  events: fc.subarray(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], { minLength: 1 }),
  prefix: text,
  suffix: text,
}, { noNullPrototype: true });

Deno.test("rules are read as they were written, whatever their names hold", () => {
  fc.assert(
    fc.property(fc.uniqueArray(rule, { selector: ({ name }) => name, maxLength: 5 }), (rules) => {
      const xml = rules.reduce(withRule, EMPTY);
      assert.deepEqual(readConfiguration(xml), rules);
      const [first, ...rest] = rules;
      if (first !== undefined) {
        assert.deepEqual(readConfiguration(withoutRules(xml, [first.name])), rest);
      }
    }),
  );
});

Deno.test("what only the service knows stays in the text", () => {
  const before = EMPTY.replace("></", `>${FOREIGN}</`);
  const added = withRule(before, {
    name: "ours",
    kind: "queue",
    arn: "arn:aws:sqs:us-east-1:1:q",
    events: ["s3:ObjectCreated:Put"],
    prefix: "a&b/",
    suffix: "",
  });
  assert.ok(added.includes(FOREIGN));
  assert.deepEqual(readConfiguration(added).map(({ name }) => name), ["theirs", "ours"]);
  assert.equal(withoutRules(added, ["ours"]), before);
});

Deno.test("a rule takes the place of one of its name", () => {
  const one: NotificationRule = {
    name: "n",
    kind: "topic",
    arn: "arn:aws:sns:::a",
    events: ["s3:ObjectCreated:*"],
    prefix: "",
    suffix: "",
  };
  const xml = withRule(withRule("<NotificationConfiguration/>", one), { ...one, suffix: ".csv" });
  assert.deepEqual(readConfiguration(xml), [{ ...one, suffix: ".csv" }]);
});

Deno.test("an answer of another kind is no configuration", () => {
  assert.ok(isConfiguration('<?xml version="1.0"?>\n<NotificationConfiguration/>'));
  assert.ok(isConfiguration(EMPTY));
  assert.ok(!isConfiguration("<ListBucketResult><Name>b</Name></ListBucketResult>"));
  assert.ok(!isConfiguration(""));
});
