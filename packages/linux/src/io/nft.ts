import { HostError } from "../host/error.ts";
import type { NetlinkMessage } from "../netlink/message.ts";
import { generationBody, generationRequest, nftMessage } from "../netlink/nfnetlink.ts";
import { type NftChange, renderNftChange } from "../nft/change.ts";
import { parseEcho, parseListing, ruleKey } from "../nft/listing.ts";
import { markedRules, renderReference } from "../nft/render.ts";
import type { NftShape } from "../nft/shape.ts";
import type { NftTable } from "../nft/table.ts";
import { inNamespace } from "./namespace.ts";
import { netlinkProtocol, withNetlink } from "./netlink-socket.ts";
import { run } from "./run.ts";

interface Options {
  readonly netnsPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the kernel makes of the rules that were wanted so far: see `RuleExpressions`. */
const expressions = new Map<string, string>();
/** Beyond this many, all are asked for anew: rules that are wanted no more go. */
const mostExpressions = 2000;

/**
 * Has nft read and print the rules of `tables` that it was not shown before, in a network namespace
 * that ends with it: 11 ms, once for each rule.
 */
async function learnExpressions(tables: Iterable<NftTable>, options: Options): Promise<void> {
  const isKnown = ({ family, chains }: NftTable): boolean =>
    chains.flatMap(markedRules).every(({ mark }) => expressions.has(ruleKey(family, mark)));
  const unknown = Array.from(tables).filter((table) => !isKnown(table));
  if (unknown.length === 0) return;
  if (expressions.size > mostExpressions) expressions.clear();
  const text = unknown.map(renderReference).join(""); // an argument: with -e, nft cannot read a socket
  const { exitCode, stdout } = await run("nft", ["-j", "-e", text], {
    isAlone: true,
    signal: options.signal,
  });
  if (exitCode !== 0) return; // what nft refuses here it refuses when it is applied, which says so
  for (const [key, expression] of parseEcho(stdout)) expressions.set(key, expression);
}

/** The number of the ruleset: it is another one after each change, so nft need not be asked while it stays. */
export function rulesetGeneration(netnsPath?: string): number | undefined {
  const request = {
    entry: "nft generation",
    type: nftMessage.GETGEN,
    payload: generationRequest,
  };
  const ask = (): NetlinkMessage =>
    withNetlink((socket) => socket.ask(request), netlinkProtocol.netfilter);
  return generationBody.decode(inNamespace(netnsPath, ask).payload).attributes.id;
}

/** What was listed last in our own namespace, and of which ruleset; a path may name another one tomorrow. */
let lastListed:
  | { readonly state: string; readonly shapes: ReadonlyMap<string, NftShape> }
  | undefined;

/** The tables of these keys ("ip antrea") that the kernel has, held to the rules of `wanted`. */
export async function observeNft(
  keys: Iterable<string>,
  { wanted = [], ...options }: Options & { readonly wanted?: Iterable<NftTable> | undefined },
): Promise<ReadonlyMap<string, NftShape>> {
  const asked = [...keys];
  if (asked.length === 0) return new Map();
  await learnExpressions(wanted, options);
  const { netnsPath } = options;
  const state = JSON.stringify([rulesetGeneration(netnsPath), expressions.size, asked]);
  if (netnsPath === undefined && lastListed?.state === state) return lastListed.shapes;
  const listed = await Promise.all(asked.map((key) => listTable(key, options)));
  const shapes = new Map(listed.flatMap((entry) => entry ?? []));
  if (netnsPath === undefined) lastListed = { state, shapes };
  return shapes;
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
  const shape = parseListing(stdout, expressions);
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
