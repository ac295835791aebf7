import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { toHex } from "@antrea/wire";

/** A piece of a connection's bytes, and which end wrote it. */
export interface Said {
  readonly by: "controller" | "switch";
  readonly bytes: Uint8Array;
}

/** Values of fields, as tshark prints them. */
export type Found<F extends string> = Readonly<Record<F, readonly string[]>>;

/**
 * What tshark finds in a connection: for each piece one line, in it the values of each field asked for,
 * several ones where several messages end in that piece. text2pcap lays TCP and IP around the pieces.
 */
export async function readByTshark<const F extends string>(
  said: readonly Said[],
  fields: readonly F[],
): Promise<readonly Found<F>[]> {
  const folder = await mkdtemp(join(tmpdir(), "antrea-tshark-"));
  try {
    const file = join(folder, "connection.pcap");
    const dump = said.map(({ by, bytes }) => `${by === "switch" ? "I" : "O"} 0000 ${hex(bytes)}\n`);
    await run("text2pcap", ["-q", "-D", "-T", "40000,6653", "-", file], dump.join(""));
    return await readPcapByTshark(file, fields, ["-d", "tcp.port==6653,openflow"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same of a capture file: a line for each packet. */
export async function readPcapByTshark<const F extends string>(
  file: string,
  fields: readonly F[],
  options: readonly string[] = [],
): Promise<readonly Found<F>[]> {
  const wanted = fields.flatMap((field) => ["-e", field]);
  const format = ["-T", "fields", "-E", "aggregator=;"];
  const printed = await run("tshark", ["-r", file, ...options, ...format, ...wanted]);
  const lines = printed === "" ? [] : printed.replace(/\n$/, "").split("\n");
  return lines.map((line) => {
    const values = line.split("\t").map((value) => (value === "" ? [] : value.split(";")));
    const found: Partial<Record<F, readonly string[]>> = {};
    for (const [i, field] of fields.entries()) found[field] = values[i] ?? [];
    return found as Found<F>;
  });
}

const hex = (bytes: Uint8Array): string => toHex(bytes).replaceAll(/(..)(?!$)/g, "$1 ");

async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint}`);
  return out;
}
