/**
 * `dipper notify listen`: flags.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../errors.ts";
import type { Run } from "../command.ts";
import { splitWords } from "../exec_template.ts";
import type { ListenFlags } from "./listen.ts";
import type { WebhookPlace } from "./listen_source.ts";

/** Adds the command to its group. */
export function addListen(group: Command, run: Run): void {
  group.command("listen")
    .description(
      "Prints each change of an object, or runs a command for it, without a shell: {event}, {kind}, " +
        "{uri}, {bucket}, {key}, {name}, {size}, {etag}, {version}, {time} and {found} stand for it. " +
        "Events come to --webhook, or wait in a queue of an AMQP broker; a listing at the start, and " +
        "every --reconcile, finds what no event told of. The first start learns what there is. What " +
        "comes twice is said to be repeated, and no command runs for it; what a command failed for " +
        "comes again at the next start. Runs until Ctrl-C.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .option(
      "--webhook <place>",
      "listen for events: PORT of 127.0.0.1 (0 for any), or HOST:PORT",
      place,
    )
    .option("--path <path>", "take events at this path alone")
    .option(
      "--amqp <url>",
      "listen for events at a broker: amqp[s]://USER:PASSWORD@HOST:PORT/VHOST, the password here " +
        "or in DIPPER_AMQP_PASSWORD",
    )
    .option(
      "--exchange <name>",
      "with --amqp: make the queue, durable, and bind it to this exchange",
    )
    .option("--queue <name>", "with --amqp: queue to read; one of this address by default")
    .option("--routing-key <pattern>", "with --exchange: what of it; # (everything) by default")
    .option("--prefetch <count>", "with --amqp: messages under way at a time; 100 by default", few)
    .option("--register", "set a rule for this listener, and remove it at the end", false)
    .option("--address <url>", "with --register: what the service is to call, if not the same")
    .option("--events <names>", "with --register: created, removed, …, or s3:… in full", "created")
    .option("--persistent", "with --register: keep events at the service until taken", false)
    .option("--suffix <text>", "end of the keys", "")
    .option("--reconcile <span>", "list again so often, as in 30s or 10m")
    .option("--exec <command>", "run it for each change, as in 'echo {kind} {uri}'")
    .option("--state <file>", "what is known, kept between runs; in the cache folder by default")
    .option("--once", "tell what has changed since the last run, and end", false)
    .option("--max-events <count>", "end after so many", countOf)
    .action(run(async (invocation, argument: string | undefined, flags: ListenFlags) => {
      const { listen } = await import("./listen.ts");
      const words = flags.exec === undefined ? undefined : splitWords(flags.exec);
      check(flags);
      return await listen(invocation, argument, flags, words);
    }));
}

function check(flags: ListenFlags): void {
  const { webhook, amqp, exchange, register } = flags;
  if (webhook !== undefined && amqp !== undefined) {
    throw new UsageError("say --webhook or --amqp, one of them");
  }
  const hasSource = webhook !== undefined || amqp !== undefined;
  if (!hasSource && !flags.once && flags.reconcile === undefined) {
    throw new UsageError("there is nothing to listen to", {
      hint: "Say --webhook PORT, --amqp URL, or --reconcile 30s to find changes by listing alone.",
    });
  }
  if (!hasSource && register) throw new UsageError("--register needs --webhook or --amqp");
  if (webhook === undefined && flags.path !== undefined) {
    throw new UsageError("--path needs --webhook");
  }
  const ofBroker = [exchange, flags.queue, flags.routingKey, flags.prefetch];
  if (amqp === undefined && ofBroker.some((each) => each !== undefined)) {
    throw new UsageError("--exchange, --queue, --routing-key and --prefetch need --amqp");
  }
  if (amqp !== undefined && exchange === undefined) {
    if (flags.queue === undefined || register || flags.routingKey !== undefined) {
      throw new UsageError("--amqp needs --exchange", {
        hint: "Or --queue alone, for a queue that is there and gets the events already.",
      });
    }
  }
  if (flags.path !== undefined && !flags.path.startsWith("/")) {
    throw new UsageError("--path begins with a slash");
  }
  if (!flags.register && (flags.address !== undefined || flags.persistent)) {
    throw new UsageError("--address and --persistent need --register");
  }
}

function place(text: string): WebhookPlace {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) {
    throw new InvalidArgumentError("Write PORT or HOST:PORT.");
  }
  return { hostname: bracketed ?? plain ?? "127.0.0.1", port };
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("Write a whole number from 1.");
}

function few(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 1000) return count;
  throw new InvalidArgumentError("Write a whole number from 1 to 1000.");
}
