import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { errorText, type Logger } from "@antrea/base";
import { type DatabaseState, planDatabase } from "../database-plan.ts";
import type { Layout } from "../options.ts";

const run = promisify(execFile);

interface Options {
  readonly layout: Layout;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Makes sure that there is a database of our schema or a newer one. A crash on the way leaves the old one. */
export async function prepareDatabase({ layout, log, signal }: Options): Promise<void> {
  const { database, schema } = layout;
  await mkdir(dirname(database), { recursive: true, mode: 0o755 });
  const plan = planDatabase(await inspect(layout, signal), await readSchemaVersion(schema));
  switch (plan.kind) {
    case "create":
      await create(layout, signal);
      return log.info("Created the database", { database });
    case "replace": {
      const aside = `${database}.unreadable`;
      await rename(database, aside);
      await create(layout, signal);
      return log.error("The database was unreadable, put it aside and made a new one", {
        database,
        aside,
        err: plan.reason,
      });
    }
    case "convert": {
      const copy = `${database}.${plan.from}`;
      await copyFile(database, copy);
      await run("ovsdb-tool", ["convert", database, schema], { signal });
      return log.info("Converted the database", { database, from: plan.from, to: plan.to, copy });
    }
    case "keep-newer":
      return log.warn("The database was written by a newer Open vSwitch, keeping its schema", {
        database,
        version: plan.version,
      });
    case "keep":
      return log.debug("The database is as it should be", { database });
  }
}

/** The version that a schema file declares. */
export async function readSchemaVersion(schema: string): Promise<string> {
  const parsed = JSON.parse(await readFile(schema, "utf8")) as { readonly version?: unknown };
  if (typeof parsed.version !== "string") throw new Error(`${schema} declares no version`);
  return parsed.version;
}

async function inspect({ database }: Layout, signal: AbortSignal): Promise<DatabaseState> {
  const found = await stat(database).catch(() => undefined);
  if (!found) return { kind: "missing" };
  try {
    const { stdout } = await run("ovsdb-tool", ["db-version", database], { signal });
    const version = stdout.trim();
    return version === ""
      ? { kind: "unreadable", reason: "it has no version" }
      : { kind: "readable", version };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "unreadable", reason: lastLine(error) };
  }
}

async function create({ database, schema }: Layout, signal: AbortSignal): Promise<void> {
  const fresh = `${database}.new`;
  await rm(fresh, { force: true });
  await run("ovsdb-tool", ["create", fresh, schema], { signal });
  await rename(fresh, database);
  await rm(join(dirname(database), `.${basename(fresh)}.~lock~`), { force: true }); // left by ovsdb-tool
}

function lastLine(error: unknown): string {
  const said = (error as { readonly stderr?: unknown }).stderr;
  return (typeof said === "string" && said.trim().split("\n").at(-1)) || errorText(error);
}
