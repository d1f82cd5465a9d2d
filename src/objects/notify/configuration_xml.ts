/**
 * The notification rules of a bucket as XML. What is not understood stays as it came: a rule is put
 * beside the others, or taken out, in the text itself, so that filters that only one service knows
 * are not lost on the way.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html
 * @module
 */

/** Where events of a rule go. */
export type DestinationKind = "topic" | "queue" | "function";

/** One rule: which events of which keys go where. */
export interface NotificationRule {
  readonly name: string;
  readonly kind: DestinationKind;
  /** Of the topic, queue or function. */
  readonly arn: string;
  /** Full names: `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  /** Beginning of the keys; empty for all. */
  readonly prefix: string;
  /** End of the keys; empty for all. */
  readonly suffix: string;
}

const ELEMENTS: Readonly<Record<DestinationKind, { block: string; arn: string }>> = {
  topic: { block: "TopicConfiguration", arn: "Topic" },
  queue: { block: "QueueConfiguration", arn: "Queue" },
  function: { block: "CloudFunctionConfiguration", arn: "CloudFunction" },
};

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

const BLOCK = /<(TopicConfiguration|QueueConfiguration|CloudFunctionConfiguration)>([^]*?)<\/\1>/g;

/** Whether the text is a configuration at all: some servers answer with a listing. */
export function isConfiguration(xml: string): boolean {
  return /^\s*(<\?xml[^>]*\?>\s*)?<NotificationConfiguration[\s>/]/.test(xml);
}

/** The rules in a configuration. */
export function readConfiguration(xml: string): NotificationRule[] {
  return [...xml.matchAll(BLOCK)].map(([, block, inner]) => {
    const kind = (Object.keys(ELEMENTS) as DestinationKind[])
      .find((each) => ELEMENTS[each].block === block)!;
    const filters = [...inner.matchAll(/<FilterRule>([^]*?)<\/FilterRule>/g)]
      .map(([, rule]) => [first(rule, "Name").toLowerCase(), first(rule, "Value")]);
    const filter = (name: string) => filters.find(([each]) => each === name)?.[1] ?? "";
    return {
      name: first(inner, "Id"),
      kind,
      arn: first(inner, ELEMENTS[kind].arn),
      events: all(inner, "Event"),
      prefix: filter("prefix"),
      suffix: filter("suffix"),
    };
  });
}

/** The configuration with `rule` in it, in the place of one of the same name. */
export function withRule(xml: string, rule: NotificationRule): string {
  const rest = withoutRules(xml, [rule.name]);
  const inner = innerOf(rest);
  return wrap(inner + blockOf(rule));
}

/** The configuration without the rules of these names. */
export function withoutRules(xml: string, names: readonly string[]): string {
  return wrap(
    innerOf(xml).replace(
      BLOCK,
      (whole, _block, inner: string) => names.includes(first(inner, "Id")) ? "" : whole,
    ),
  );
}

function innerOf(xml: string): string {
  return /<NotificationConfiguration(?:\s[^>]*[^/>])?>([^]*)<\/NotificationConfiguration>/
    .exec(xml)?.[1].trim() ?? "";
}

function wrap(inner: string): string {
  return `<NotificationConfiguration xmlns="${NAMESPACE}">${inner}</NotificationConfiguration>`;
}

function blockOf({ name, kind, arn, events, prefix, suffix }: NotificationRule): string {
  const { block, arn: place } = ELEMENTS[kind];
  const rules = ([["prefix", prefix], ["suffix", suffix]] as const)
    .filter(([, value]) => value !== "")
    .map(([key, value]) =>
      `<FilterRule><Name>${key}</Name><Value>${escape(value)}</Value></FilterRule>`
    );
  const filter = rules.length === 0 ? "" : `<Filter><S3Key>${rules.join("")}</S3Key></Filter>`;
  return `<${block}><Id>${escape(name)}</Id><${place}>${escape(arn)}</${place}>` +
    events.map((event) => `<Event>${escape(event)}</Event>`).join("") + filter + `</${block}>`;
}

/** Texts of all elements of a name, however deep. */
export function all(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))]
    .map(([, text]) => unescape(text.trim()));
}

/** Text of the first element of a name; empty when there is none. */
export function first(xml: string, name: string): string {
  return all(xml, name)[0] ?? "";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replace(/[\r\n\t\u0085]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|amp|lt|gt|quot|apos);/gi, (_, name: string) => {
    if (name.startsWith("#")) {
      return String.fromCodePoint(
        /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1)),
      );
    }
    return { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }[name.toLowerCase()]!;
  });
}
