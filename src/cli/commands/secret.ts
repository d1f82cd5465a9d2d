/**
 * `dipper secret`: the statement that gives one's own DuckDB the same store.
 *
 * @module
 */
import type { Command } from "commander";
import { examples, type Run } from "../command.ts";

/** Adds the command. */
export function registerSecret(program: Command, run: Run): void {
  program.command("secret")
    .summary("print CREATE SECRET for your own DuckDB")
    .description(
      "Prints the CREATE SECRET statement that gives your own DuckDB the same store. It holds no " +
        "values of keys: DuckDB takes them from where Dipper found them.",
    )
    .addHelpText("after", examples("dipper secret", "dipper secret --json"))
    .action(run(async (invocation) => {
      const { StoreSet } = await import("../../store/store_set.ts");
      const { secretStatement } = await import("../../store/secret_statement.ts");
      const stores = await StoreSet.resolve(invocation.storeOptions());
      const statements = stores.all.map((store) => ({
        store: store.name,
        ...secretStatement(store),
      }));
      if (invocation.flags.json) return await invocation.printJson(statements);
      for (const { sql } of statements) await invocation.print(`${sql}\n`);
    }));
}
