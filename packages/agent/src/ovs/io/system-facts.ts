import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { errorText } from "@antrea/base";
import type { SystemFacts } from "../settings.ts";
import { readSchemaVersion } from "./database.ts";

const run = promisify(execFile);

export async function readSystemFacts(schema: string, signal: AbortSignal): Promise<SystemFacts> {
  const { stdout } = await run("ovs-vswitchd", ["--version"], { signal });
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (key: string): string =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(release)?.[1] ?? "unknown";
  return {
    ovsVersion: /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? "unknown",
    schemaVersion: await readSchemaVersion(schema),
    systemType: field("ID"),
    systemVersion: field("VERSION_ID"),
    newSystemId: randomUUID(),
  };
}

/** Why the userspace datapath could not make devices here; undefined if it can. */
export async function findTunProblem(): Promise<string | undefined> {
  try {
    await (await open("/dev/net/tun", "r+")).close();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
