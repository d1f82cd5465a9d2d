/**
 * `dipper notify`: events of buckets, where they go, and hearing of them.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import {
  ACK_LEVELS,
  type AckLevel,
  type PushDestination,
} from "../../objects/notify/destination.ts";
import type { NotificationRule } from "../../objects/notify/rules.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import { commandGroup } from "../group.ts";
import { columns } from "../lines.ts";
import { withPassword } from "../notify/broker_password.ts";
import { addListen } from "../notify/listen_command.ts";
import { warnOfRemovals } from "../notify/warning.ts";
import { addTopics } from "../notify/topics_command.ts";
import { openTarget } from "../target.ts";
import { formatQuantity } from "../../show/human.ts";

interface AddFlags {
  readonly webhook?: string;
  readonly amqp?: string;
  readonly exchange?: string;
  readonly ackLevel?: AckLevel;
  readonly persistent: boolean;
  readonly topic?: string;
  readonly events: string;
  readonly prefix?: string;
  readonly suffix: string;
  readonly name?: string;
}

/** Adds the commands. */
export function registerNotify(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "notify",
    summary: "events of a bucket: rules, topics, listening",
    description:
      "Shows and sets which events of a bucket go where, and listens: each change of an object is " +
      "told once, also those that happened while nobody listened, which a listing finds.",
    examples: [
      "dipper notify add s3://demo/raw/ --webhook http://127.0.0.1:9/hook --name raw",
      "dipper notify list s3://demo",
      "dipper notify remove s3://demo --name raw --yes",
      "dipper notify topics",
      "dipper notify listen s3://demo/raw/ --once",
      "dipper notify listen s3://demo --amqp amqp://127.0.0.1/lab --exchange amq.topic --once",
    ],
  });
  group.command("list")
    .description("Shows the rules.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { listRules } = await import("../../objects/notify/rules.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const rules = await listRules(store, bucket, signal);
      if (invocation.flags.json) return await invocation.printJson(rules);
      if (rules.length === 0) invocation.notice(`s3://${bucket} has no notification rules`);
      else await invocation.print(await ruleTable(rules));
    }));
  addAdd(group, run);
  addRemove(group, run);
  addTopics(group, run);
  addListen(group, run);
}

function addAdd(group: Command, run: Run): void {
  group.command("add")
    .description(
      "Adds a rule beside the others and reads it back. For a webhook or a broker a topic is made " +
        "first, which goes with the rule; AWS takes the ARN of a topic, queue or function.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .option("--webhook <url>", "address that events are posted to")
    .option(
      "--amqp <url>",
      "broker, as in amqp://HOST:5672/VHOST; needs --exchange; DIPPER_AMQP_PASSWORD as for listen",
    )
    .option("--exchange <name>", "exchange of the broker; it must exist")
    .addOption(
      new Option("--ack-level <level>", "when the broker counts as having an event")
        .choices(ACK_LEVELS),
    )
    .option("--persistent", "keep events at the service until they are taken", false)
    .option("--topic <arn>", "topic, queue or function that exists")
    .option("--events <names>", "created, removed, put, copied, …, or s3:… in full", "created")
    .option("--prefix <text>", "beginning of the keys, instead of in the address")
    .option("--suffix <text>", "end of the keys", "")
    .option("--name <name>", "name of the rule; made from the rest by default")
    .action(run(async (invocation, argument: string | undefined, flags: AddFlags) => {
      const { parseEvents } = await import("../../objects/notify/events.ts");
      const { addRule } = await import("../../objects/notify/rules.ts");
      const events = parseEvents(flags.events);
      const to = destinationOf(flags, invocation.host.settings.brokerPassword);
      const { store, bucket, key, signal } = await openTarget(invocation, argument, "any");
      if (key !== "" && flags.prefix !== undefined) {
        throw new UsageError("the address has a prefix, and --prefix another one");
      }
      const prefix = flags.prefix ?? key;
      const { suffix, name } = flags;
      const rule = await addRule(store, bucket, { name, events, prefix, suffix, to }, signal);
      if (invocation.flags.json) await invocation.printJson(rule);
      else await say(invocation, `set the rule ${rule.name} of s3://${bucket}`);
      if (typeof to !== "string") warnOfRemovals(invocation, rule.events);
    }));
}

function addRemove(group: Command, run: Run): void {
  group.command("remove")
    .description("Removes a rule, or all, with the topics that were made for them. Asks.")
    .argument("[bucket]", "s3://BUCKET")
    .option("--name <name>", "the rule of this name")
    .option("--all", "all rules", false)
    .option("--yes", "do not ask", false)
    .action(
      run(async (
        invocation,
        argument: string | undefined,
        flags: { readonly name?: string; readonly all: boolean; readonly yes: boolean },
      ) => {
        const { listRules, removeRules } = await import("../../objects/notify/rules.ts");
        if ((flags.name === undefined) === !flags.all) {
          throw new UsageError("say --name or --all, one of them");
        }
        const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
        const count = (await listRules(store, bucket, signal)).length;
        const what = flags.name === undefined
          ? `all ${count} notification rules`
          : `the notification rule ${flags.name}`;
        if (flags.name !== undefined || count > 0) {
          await agreed(invocation, `remove ${what} of s3://${bucket}`, flags);
        }
        const names = flags.name === undefined ? "all" : [flags.name];
        const removed = await removeRules(store, bucket, names, signal);
        if (invocation.flags.json) return await invocation.printJson(removed);
        await say(
          invocation,
          `removed ${formatQuantity(removed.length, "notification rule")} of s3://${bucket}`,
        );
      }),
    );
}

function destinationOf(
  flags: AddFlags,
  password: string | undefined,
): string | PushDestination {
  const { webhook, amqp, topic, exchange, ackLevel, persistent } = flags;
  const given = [webhook, amqp, topic].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new UsageError("say --webhook, --amqp or --topic, one of them", {
      hint: "Where events go: an address, a broker, or the ARN of a topic, queue or function.",
    });
  }
  if (amqp === undefined && (exchange !== undefined || ackLevel !== undefined)) {
    throw new UsageError("--exchange and --ack-level are of a broker: --amqp");
  }
  if (topic !== undefined) {
    if (persistent) throw new UsageError("--persistent is a setting of the topic, which exists");
    return topic;
  }
  const isRight = webhook === undefined
    ? /^amqps?:\/\//i.test(given[0])
    : /^https?:\/\//i.test(given[0]);
  if (!isRight) {
    throw new UsageError(
      webhook === undefined
        ? "--amqp takes amqp://HOST:PORT/VHOST"
        : "--webhook takes http://HOST:PORT/PATH",
    );
  }
  return {
    address: amqp === undefined ? given[0] : withPassword(amqp, password),
    exchange,
    ackLevel,
    delivery: persistent ? "persistent" : "at-once",
  };
}

async function ruleTable(rules: readonly NotificationRule[]): Promise<string> {
  const { wordOfEvent } = await import("../../objects/notify/events.ts");
  const { visible } = await import("../../show/text.ts");
  return columns(
    rules.map(({ name, arn, events, prefix, suffix }) => [
      visible(name),
      events.map(wordOfEvent).join(","),
      visible(`${prefix}*${suffix}`),
      visible(arn),
    ]),
    ["left", "left", "left", "left"],
  );
}
