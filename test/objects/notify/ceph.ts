/** A service that keeps rules and topics as Ceph does, as far as the protocol shows. */
import {
  readConfiguration,
  withoutRules,
  withRule,
} from "../../../src/objects/notify/configuration_xml.ts";
import { s3Error, type ScriptedServer, scriptedServer, xml } from "../../store/scripted.ts";

export interface FakeCeph extends ScriptedServer {
  readonly topics: Map<string, Map<string, string>>;
  configuration: string;
}

const EMPTY = "<NotificationConfiguration></NotificationConfiguration>";

/** Rules are merged and taken out one by one; a rule needs its topic; an empty configuration is refused. */
export function fakeCeph(change: (xml: string) => string = (text) => text): FakeCeph {
  const topics = new Map<string, Map<string, string>>();
  const kept = { configuration: EMPTY };
  const server = scriptedServer(({ method, path, body }) => {
    if (method === "POST" && path === "/") return sns(new URLSearchParams(body), topics);
    const url = new URL(path, "http://x");
    const name = url.searchParams.get("notification");
    if (name === null) return s3Error(404, "NoSuchBucket");
    if (method === "GET") return xml(kept.configuration);
    if (method === "DELETE") {
      const all = readConfiguration(kept.configuration).map((rule) => rule.name);
      kept.configuration = withoutRules(kept.configuration, name === "" ? all : [name]);
      return new Response();
    }
    const rules = readConfiguration(change(body));
    if (rules.length === 0) return s3Error(400, "MalformedXML");
    for (const rule of rules) {
      if (!topics.has(rule.arn)) return s3Error(404, "NoSuchKey");
      if (rule.events.some((event) => event.startsWith("s3:Unknown"))) {
        return s3Error(400, "InvalidArgument");
      }
      kept.configuration = withRule(kept.configuration, rule);
    }
    return new Response();
  });
  return Object.defineProperties({ ...server, topics } as FakeCeph, {
    configuration: {
      get: () => kept.configuration,
      set: (text: string) => void (kept.configuration = text),
    },
    [Symbol.asyncDispose]: { value: () => server[Symbol.asyncDispose]() },
  });
}

function sns(form: URLSearchParams, topics: FakeCeph["topics"]): Response {
  const action = form.get("Action")!;
  const arn = form.get("TopicArn") ?? `arn:aws:sns:default::${form.get("Name")}`;
  const answer = (inner: string) => xml(`<${action}Response>${inner}</${action}Response>`);
  switch (action) {
    case "CreateTopic": {
      const settings = new Map<string, string>();
      for (let at = 1; form.has(`Attributes.entry.${at}.key`); at++) {
        settings.set(
          form.get(`Attributes.entry.${at}.key`)!,
          form.get(`Attributes.entry.${at}.value`)!,
        );
      }
      topics.set(arn, settings);
      return answer(`<TopicArn>${arn}</TopicArn>`);
    }
    case "ListTopics":
      return answer(
        [...topics].map(([each, settings]) =>
          `<member>${topicXml(each, settings)}</member>` +
          // what Ceph keeps for each rule
          `<member>${topicXml(each, settings, "rule_")}</member>`
        ).join(""),
      );
    case "GetTopic":
      return topics.has(arn)
        ? answer(topicXml(arn, topics.get(arn)!))
        : s3Error(404, "NoSuchEntity");
    case "DeleteTopic":
      topics.delete(arn);
      return answer("");
    default:
      return s3Error(405, "MethodNotAllowed");
  }
}

function topicXml(arn: string, settings: Map<string, string>, before = ""): string {
  const escape = (text: string) => text.replaceAll("&", "&amp;");
  const args = [...settings].map(([name, value]) => `${name}=${value}`).join("&");
  return `<Name>${before}${arn.split(":").at(-1)}</Name><EndPoint><EndpointAddress>` +
    `${escape(settings.get("push-endpoint") ?? "")}</EndpointAddress><EndpointArgs>` +
    `${escape(args)}</EndpointArgs><Persistent>${settings.has("persistent") ? "True" : "False"}` +
    `</Persistent></EndPoint><TopicArn>${arn}</TopicArn>`;
}
