/**
 * Topics of a store, which Ceph's rules name and which push events to an address.
 *
 * @see https://docs.ceph.com/en/latest/radosgw/notifications/
 * @module
 */
import { isDipperError, NotFoundError, ServiceError } from "../../errors.ts";
import { sha256 } from "../../range/digest.ts";
import type { Store } from "../../store/store.ts";
import { all, first } from "./configuration_xml.ts";
import { type PushDestination, shownAddress, topicAttributes } from "./destination.ts";
import { callSns } from "./sns.ts";

/** A topic. */
export interface Topic {
  readonly name: string;
  readonly arn: string;
  /** What it pushes to, without its password; undefined when the service does not say. */
  readonly address: string | undefined;
  /** Whether events wait at the service until the address takes them. */
  readonly delivery: "at-once" | "persistent";
  readonly exchange: string | undefined;
  readonly ackLevel: string | undefined;
}

/**
 * The topics that the store's credentials see.
 *
 * @throws {UnsupportedError} when the store has none at its own address
 */
export async function listTopics(store: Store, signal?: AbortSignal): Promise<Topic[]> {
  const topics: Topic[] = [];
  let token: string | undefined;
  do {
    const text = await callSns(store, {
      action: "ListTopics",
      parameters: token === undefined ? {} : { NextToken: token },
    }, signal);
    const found = [...text.matchAll(/<member>([^]*?)<\/member>/g)].map(([, xml]) => topicOf(xml));
    // Ceph keeps one more for each rule, named after both.
    topics.push(...found.filter(({ name, arn }) => arn.endsWith(`:${name}`)));
    const next = first(text, "NextToken") || undefined;
    if (next === token) break;
    token = next;
  } while (token !== undefined);
  return topics;
}

/**
 * Makes a topic, or gives the one of that name another address.
 *
 * @returns its ARN
 * @throws {UnsupportedError} when the store has no topics at its own address
 */
export async function createTopic(
  store: Store,
  name: string,
  destination: PushDestination,
  { bucket, signal }: { readonly bucket?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const attributes = Object.entries(topicAttributes(destination)).flatMap(([key, value], index) => [
    [`Attributes.entry.${index + 1}.key`, key],
    [`Attributes.entry.${index + 1}.value`, value],
  ]);
  const parameters = { Name: name, ...Object.fromEntries(attributes) };
  const answer = await callSns(store, { action: "CreateTopic", parameters, bucket }, signal);
  const arn = first(answer, "TopicArn");
  if (arn === "") throw new ServiceError("the service made a topic and does not say which");
  return arn;
}

/**
 * A topic by its ARN.
 *
 * @throws {NotFoundError} when there is none
 */
export async function getTopic(store: Store, arn: string, signal?: AbortSignal): Promise<Topic> {
  try {
    const parameters = { TopicArn: arn };
    return topicOf(await callSns(store, { action: "GetTopic", parameters }, signal));
  } catch (error) {
    if (!isDipperError(error) || error.context.code !== "NoSuchEntity") throw error;
    throw new NotFoundError("key", `there is no topic ${arn}`, {
      hint: "`dipper notify topics` lists them.",
      cause: error,
    });
  }
}

/**
 * Removes a topic; one that is not there is no error. Rules that name it must be gone before: where
 * it was persistent, Ceph refuses every write that such a rule is about.
 */
export async function deleteTopic(store: Store, arn: string, signal?: AbortSignal): Promise<void> {
  await callSns(store, { action: "DeleteTopic", parameters: { TopicArn: arn } }, signal);
}

/** A name that services take, of letters, digits, hyphens, underscores, and no other rule's. */
export function topicName(bucket: string, rule: string): string {
  const whole = `dipper-${bucket}-${rule}`;
  const plain = whole.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 240);
  return plain === whole ? whole : `${plain}-${sha256(whole).slice(0, 8)}`;
}

function topicOf(xml: string): Topic {
  const settings = new Map(
    first(xml, "EndpointArgs").split("&").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
  const address = first(xml, "EndpointAddress");
  const arn = all(xml, "TopicArn").at(-1) ?? "";
  return {
    name: first(xml, "Name") || arn.slice(arn.lastIndexOf(":") + 1),
    arn,
    address: address === "" ? undefined : shownAddress(address),
    delivery: first(xml, "Persistent").toLowerCase() === "true" ? "persistent" : "at-once",
    exchange: settings.get("amqp-exchange"),
    ackLevel: settings.get("amqp-ack-level"),
  };
}
