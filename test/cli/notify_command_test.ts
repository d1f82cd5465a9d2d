import assert from "node:assert/strict";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { LineReader } from "../support/lines.ts";
import { testClient } from "../support/s3.ts";
import { eventBody } from "../objects/notify/listen/records.ts";
import { Desk } from "./command.ts";

Deno.test("dipper notify on the demo store", async (t) => {
  await using desk = await Desk.withDemo();
  const client = testClient(desk.demo.endpoint, desk.demo);
  const put = (Key: string, Body: string) =>
    client.send(new PutObjectCommand({ Bucket: "demo", Key, Body }));
  const listen = ["notify", "listen", "s3://demo/in/", "--state", join(desk.home, "s.jsonl")];

  await t.step("wrong usage is told before anything is asked", async () => {
    const add = ["notify", "add", "s3://demo"];
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [add, /say --webhook, --amqp or --topic/],
      [[...add, "--webhook", "x:1"], /--webhook takes http/],
      [[...add, "--amqp", "amqp://h/v"], /--exchange/],
      [[...add, "--webhook", "http://h/", "--exchange", "e"], /--exchange and --ack-level/],
      [[...add, "--topic", "arn:x", "--persistent"], /--persistent/],
      [[...add, "--topic", "arn:x"], /no ARN/],
      [[...add, "--webhook", "http://h/", "--events", "nope"], /there is no event nope/],
      [["notify", "remove", "s3://demo"], /--name or --all/],
      [["notify", "topics", "remove"], /topics remove ARN/],
      [["notify", "listen", "s3://demo"], /nothing to listen to/],
      [[...listen, "--register", "--once"], /--register needs --webhook or --amqp/],
      [[...listen, "--path", "/p", "--once"], /--path needs --webhook/],
      [[...listen, "--webhook", "0", "--amqp", "amqp://h/"], /one of them/],
      [[...listen, "--amqp", "amqp://h/"], /--amqp needs --exchange/],
      [[...listen, "--webhook", "0", "--queue", "q"], /need --amqp/],
      [[...listen, "--amqp", "amqp://h/", "--exchange", "e", "--prefetch", "0"], /from 1 to 1000/],
      [[...listen, "--amqp", "h:5672", "--exchange", "e"], /none of an AMQP broker/],
      [[...listen, "--webhook", "no"], /PORT or HOST:PORT/],
      [[...listen, "--reconcile", "0"], /a second at least/],
    ];
    for (const [args, message] of wrong) {
      const ran = await desk.run(args);
      assert.equal(ran.code, 2, args.join(" "));
      assert.match(ran.stderr, message);
    }
  });

  await t.step("by listing alone, nothing is lost between runs", async () => {
    await put("in/1.csv", "1");
    const first = await desk.run([...listen, "--once"]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, "");
    assert.match(first.stderr, /1 object is there already/);
    await put("in/2.csv", "22");
    await put("out/3.csv", "333");
    const second = await desk.out([...listen, "--once"]);
    assert.match(
      second,
      /^\S+ \S+Z {2}created {2}s3:\/\/demo\/in\/2\.csv {2}2 B {2}\(found by listing\)\n$/,
    );
    assert.equal(await desk.out([...listen, "--once"]), "");
  });

  await t.step("events come by the webhook, once, and Ctrl-C ends it cleanly", async () => {
    const child = desk.spawn([...listen, "--webhook", "0", "--path", "/hook", "--json"]);
    const [out, err] = [new LineReader(child.stdout), new LineReader(child.stderr)];
    const { notice } = JSON.parse(await err.next()) as { notice: string };
    const url = /http:\/\/\S+\/hook/.exec(notice)?.[0];
    assert.ok(url, notice);
    const body = eventBody({ key: "in/4.csv", bucket: "demo", time: "2026-11-21T14:00:00Z" });
    for (const repeated of ["no", "yes"]) {
      await (await fetch(url, { method: "POST", body })).body?.cancel();
      const news = JSON.parse(await out.next()) as { key: string; repeated: string };
      assert.deepEqual([news.key, news.repeated], ["in/4.csv", repeated]);
    }
    child.kill("SIGINT");
    assert.equal((await child.status).code, 0);
    await Promise.all([out.rest(), err.rest()]);
  });

  await t.step("a command runs for each, without a shell; failures are counted", async () => {
    await put("in/$(touch x);.csv", "5");
    const ran = await desk.run([...listen, "--once", "--exec", "echo {kind} {key} {size}"]);
    assert.equal(ran.code, 0, ran.stderr);
    // What was told by an event and is not there: gone, says the listing.
    assert.match(ran.stdout, /^created in\/\$\(touch x\);\.csv 1\nremoved in\/4\.csv \n$/);
    await put("in/6.csv", "6");
    await put("in/7.csv", "7");
    const failing = await desk.run([...listen, "--once", "--exec", "false"]);
    assert.equal(failing.code, 6, failing.stderr);
    assert.match(failing.stderr, /failed for 2 of 2 changes/);
    assert.match(
      await desk.out([...listen, "--once"]),
      /^[^\n]*6\.csv[^\n]*perhaps repeated\)\n[^\n]*7\.csv[^\n]*perhaps repeated\)\n$/,
      "they come again",
    );
  });

  await t.step("--max-events ends it", async () => {
    for (const key of ["in/8.csv", "in/9.csv"]) await put(key, key);
    const ended = await desk.out([...listen, "--reconcile", "60s", "--max-events", "1"]);
    assert.match(ended, /in\/8\.csv/);
    assert.match(await desk.out([...listen, "--once"]), /^[^\n]*in\/9\.csv[^\n]*\n$/);
  });

  client.destroy();
});
