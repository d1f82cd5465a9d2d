/**
 * Dipper's session, with nothing said but the transport.
 *
 *     deno run -A bench/contenders/dipper.ts gateway|direct [spatial]
 *
 * @module
 */
import { connect, type Transport } from "../../src/mod.ts";
import { answerQuestions } from "./protocol.ts";

const [transport, spatial] = Deno.args;
{
  await using session = await connect({ transport: transport as Transport });
  await session.query(spatial === "spatial" ? "SELECT ST_Point(0, 0)" : "SELECT 1");
  await answerQuestions(async ({ sql }) => {
    const result = await session.query(sql);
    return result.toJSON().map((row) => Object.values(row));
  });
}
