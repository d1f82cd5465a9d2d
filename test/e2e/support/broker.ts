/**
 * The AMQP broker, as `test/servers/with_servers.sh` started it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connect } from "amqplib";

const RECIPE = fileURLToPath(new URL("../../servers/rabbitmq.sh", import.meta.url));

/** What the broker says of itself. */
interface Said {
  readonly endpoint: string;
  readonly tls: string;
  readonly user: string;
  readonly password: string;
  readonly exchange: string;
  readonly certificate: string;
  readonly folder: string;
}

/** A broker with a topic exchange and a user. */
export class Broker {
  readonly #said: Said;

  constructor() {
    const file = Deno.env.get("DIPPER_E2E_RABBITMQ");
    if (!file) throw new Error("DIPPER_E2E_RABBITMQ is not set: run test/servers/with_servers.sh");
    this.#said = JSON.parse(readFileSync(file, "utf8")) as Said;
  }

  get exchange(): string {
    return this.#said.exchange;
  }

  get password(): string {
    return this.#said.password;
  }

  /** File of the certificate that its TLS port shows. */
  get certificate(): string {
    return this.#said.certificate;
  }

  /** Address that needs no password from this machine, which is what Ceph takes. */
  get open(): string {
    return this.#said.endpoint;
  }

  /** Address with user and password. */
  url(
    { user = this.#said.user, password = this.#said.password, protocol = "amqp" }: {
      readonly user?: string;
      readonly password?: string;
      readonly protocol?: "amqp" | "amqps";
    } = {},
  ): string {
    const url = new URL(protocol === "amqp" ? this.#said.endpoint : this.#said.tls);
    url.username = user;
    url.password = password;
    return url.href;
  }

  /** Sends texts to the exchange, and waits until the broker has them on disk. */
  async send(texts: readonly string[], routingKey: string): Promise<void> {
    const connection = await connect(this.open);
    const channel = await connection.createConfirmChannel();
    for (const text of texts) {
      channel.publish(this.exchange, routingKey, Buffer.from(text), { persistent: true });
    }
    await channel.waitForConfirms();
    await connection.close();
  }

  /** How many messages wait in a queue that nobody reads. */
  async waiting(queue: string): Promise<number> {
    const connection = await connect(this.open);
    try {
      const channel = await connection.createChannel();
      return (await channel.checkQueue(queue)).messageCount;
    } finally {
      await connection.close();
    }
  }

  async remove(queue: string): Promise<void> {
    const connection = await connect(this.open);
    const channel = await connection.createChannel();
    await channel.deleteQueue(queue);
    await connection.close();
  }

  /** Ends its process, or starts it again on the same port with what it had on disk. */
  async turn(how: "stop" | "run"): Promise<void> {
    const { success, stderr } = await new Deno.Command(RECIPE, {
      args: [how, this.#said.folder],
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }
}
