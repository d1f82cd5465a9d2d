/**
 * `dipper notify topics`: the topics that rules of Ceph send to.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { Topic } from "../../objects/notify/topics.ts";
import type { Store } from "../../store/store.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import { columns } from "../lines.ts";

/** Adds the command to its group. */
export function addTopics(group: Command, run: Run): void {
  group.command("topics")
    .description(
      "Lists the topics of the service, or removes one: topics remove ARN. Rules that name it must " +
        "be gone before, or writes that they are about are refused.",
    )
    .argument("[action]", "list, which is the default, or remove")
    .argument("[arn]", "which to remove")
    .option("--yes", "do not ask", false)
    .action(
      run(async (
        invocation,
        action: string | undefined,
        arn: string | undefined,
        flags: { readonly yes: boolean },
      ) => {
        const store = await onlyStore(invocation);
        if (action === undefined || action === "list") return await list(invocation, store);
        if (action !== "remove" || arn === undefined) {
          throw new UsageError("write dipper notify topics, or dipper notify topics remove ARN");
        }
        const { deleteTopic, getTopic } = await import("../../objects/notify/topics.ts");
        const topic = await getTopic(store, arn, invocation.signal);
        const to = topic.address === undefined ? "" : `, which sends to ${topic.address}`;
        await agreed(invocation, `remove the topic ${topic.name}${to}`, flags);
        await deleteTopic(store, arn, invocation.signal);
        if (invocation.flags.json) await invocation.printJson(topic);
        else await say(invocation, `removed the topic ${topic.name}`);
      }),
    );
}

async function onlyStore(invocation: Invocation): Promise<Store> {
  const { StoreSet } = await import("../../store/store_set.ts");
  const stores = await StoreSet.resolve(invocation.storeOptions());
  if (stores.default !== undefined) return stores.default;
  throw new UsageError("there are several stores: say whose topics", {
    hint: `Choose with --profile. The stores are ${stores.all.map(({ name }) => name).join(", ")}.`,
  });
}

async function list(invocation: Invocation, store: Store): Promise<void> {
  const { listTopics } = await import("../../objects/notify/topics.ts");
  const { visible } = await import("../../show/text.ts");
  const topics = await listTopics(store, invocation.signal);
  if (invocation.flags.json) return await invocation.printJson(topics);
  if (topics.length === 0) return invocation.notice("there are no topics");
  await invocation.print(
    columns(
      topics.map((topic) => [topic.arn, topic.address ?? "", settingsOf(topic)].map(visible)),
      ["left", "left", "left"],
    ),
  );
}

function settingsOf({ delivery, exchange, ackLevel }: Topic): string {
  return [
    delivery === "persistent" ? "persistent" : undefined,
    exchange === undefined ? undefined : `exchange ${exchange}`,
    ackLevel === undefined ? undefined : `ack ${ackLevel}`,
  ].filter((each) => each !== undefined).join(", ");
}
