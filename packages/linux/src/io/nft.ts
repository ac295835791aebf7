import { HostError } from "../host/error.ts";
import { type NftChange, renderNftChange } from "../nft/change.ts";
import { parseListing } from "../nft/listing.ts";
import type { NftShape } from "../nft/shape.ts";
import { run } from "./run.ts";

interface Options {
  readonly netnsPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The tables of these keys ("ip antrea") that the kernel has. */
export async function observeNft(
  keys: Iterable<string>,
  options: Options,
): Promise<ReadonlyMap<string, NftShape>> {
  const listed = await Promise.all(Array.from(keys, (key) => listTable(key, options)));
  return new Map(listed.flatMap((entry) => entry ?? []));
}

async function listTable(key: string, options: Options): Promise<[[string, NftShape]] | undefined> {
  const { exitCode, stdout, stderr } = await run(
    "nft",
    ["-j", "list", "table", ...key.split(" ")],
    options,
  );
  if (exitCode !== 0 && stderr.includes("No such file or directory")) return undefined;
  if (exitCode !== 0)
    throw new HostError({ code: "nft", entry: `table ${key}`, text: stderr.trim() });
  const shape = parseListing(stdout);
  return shape && [[key, shape]];
}

/** All of the change in one transaction, or none of it. */
export async function applyNft(change: NftChange, options: Options): Promise<void> {
  const { add, modify, remove } = change;
  const { exitCode, stderr } = await run("nft", ["-f", "-"], {
    ...options,
    input: renderNftChange(change),
  });
  if (exitCode === 0) return;
  const entry = `table ${[...add, ...modify, ...remove].map(({ key }) => key).join(", ")}`;
  throw new HostError({ code: "nft", entry, text: stderr.trim() });
}
