import { type NodeView, podCidrClaimName } from "@antrea/api";
import type { Logger, Reconciler } from "@antrea/base";
import type { Note } from "@antrea/kube";
import type { Cidr } from "@antrea/net";
import type { ClaimRecord } from "../cluster/records.ts";
import { type BlockTable, isBlockOf } from "./block-table.ts";
import type { IpamApi } from "./ipam-api.ts";
import type { IpamState } from "./state.ts";

export interface NodeIpamDeps {
  readonly state: IpamState;
  readonly api: IpamApi;
  /** Tells users something about a Node. */
  readonly note: (note: Note) => void;
  readonly log: Logger;
}

export interface NodeIpam extends Reconciler<string> {
  /** Nodes that have no Pod CIDR because none is left, by name. */
  readonly waiting: ReadonlySet<string>;
}

/** Blocks that are found taken, though we thought them free, before we look at the world anew. */
const MOST_MISSES = 16;

/**
 * Gives each Node its Pod CIDRs, one block of each pool, and never one block to two Nodes:
 *
 * 1. A block is set on a Node only by who has made, or found, the claim of that block for that Node.
 *    A claim's name is its block, so the API server itself lets only one be made.
 * 2. A claim is removed only when the server says that its Node is gone, or has other Pod CIDRs;
 *    both stay so for ever (a UID is not used twice, and Pod CIDRs, once set, cannot be changed).
 * 3. A Node that has a block already, whoever set it, gets its claim before anybody gets a block.
 *
 * So it holds whatever two controllers do that both believe they lead, and however old what they
 * know is. A crash between claim and Node leaves a claim, which the Node's next turn uses.
 */
export function nodeIpam(deps: NodeIpamDeps): NodeIpam {
  const { state } = deps;
  const waiting = new Set<string>();

  return {
    name: "node-ipam",
    waiting,
    async reconcile(name, signal) {
      const node = state.nodes.get(name);
      await releaseClaims(deps, name, signal);
      await adoptBlocks(deps, signal);
      const full = node?.podCidrs.length === 0 ? await provide(deps, node, signal) : undefined;
      if (!full) waiting.delete(name);
      else if (node && !waiting.has(name)) {
        waiting.add(name);
        sayExhausted(deps, node, full);
      }
    },
  };
}

/** Rule 2. */
async function releaseClaims(
  { state, api, log }: NodeIpamDeps,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const known = state.nodes.get(name);
  const doubtful = state.claims.by("node", name).filter((claim) => isOver(claim, known));
  if (doubtful.length === 0) return;
  const node = await api.findNode(name, { signal });
  for (const claim of doubtful.filter((one) => isOver(one, node))) {
    await api.deleteClaim(claim, { signal });
    state.forget(claim.name);
    log.info("Freed a Pod CIDR", { node: name, podCidr: claim.cidr });
  }
}

/** Whether the claim's Node is gone, or can never have the claim's block. */
function isOver({ cidr, nodeUid }: ClaimRecord, node: NodeView | undefined): boolean {
  if (!node || node.uid !== nodeUid) return true;
  return node.podCidrs.length > 0 && !node.podCidrs.includes(cidr);
}

/** Rule 3. */
async function adoptBlocks({ state, api, log }: NodeIpamDeps, signal: AbortSignal): Promise<void> {
  for (const { node, cidr } of state.unclaimed()) {
    if (!(await api.createClaim(node, cidr, { signal }))) continue;
    state.assume(podCidrClaimName(cidr), cidr);
    log.debug("Claimed a Pod CIDR that was there", { node: node.name, podCidr: cidr });
  }
}

/** Gives the Node a block of each pool. The pool that has none left is the answer, if there is one. */
async function provide(
  deps: NodeIpamDeps,
  node: NodeView,
  signal: AbortSignal,
): Promise<BlockTable | undefined> {
  const cidrs: Cidr[] = [];
  for (const table of deps.state.tables) {
    const cidr =
      (await earlierClaim(deps, node, table, signal)) ??
      (await newClaim(deps, node, table, signal));
    if (cidr === undefined) return table;
    cidrs.push(cidr);
  }
  const isSet = await deps.api.assign(node, cidrs, { signal });
  if (isSet) deps.log.info("Gave a Node its Pod CIDR", { node: node.name, podCidrs: cidrs });
  else deps.log.info("The Node has changed meanwhile", { node: node.name });
  return undefined;
}

/** The block that an earlier turn claimed for this Node and did not come to set. */
async function earlierClaim(
  { state, api }: NodeIpamDeps,
  node: NodeView,
  { pool }: BlockTable,
  signal: AbortSignal,
): Promise<Cidr | undefined> {
  for (const { name, nodeUid, cidr } of state.claims.by("node", node.name)) {
    if (nodeUid !== node.uid || !isBlockOf(pool, cidr)) continue;
    const live = await api.findClaim(name, { signal });
    if (live?.nodeUid === node.uid) return cidr;
  }
  return undefined;
}

/** Rule 1. Undefined if there is no free block. */
async function newClaim(
  { state, api }: NodeIpamDeps,
  node: NodeView,
  table: BlockTable,
  signal: AbortSignal,
): Promise<Cidr | undefined> {
  const missed = new Set<Cidr>();
  for (;;) {
    const cidr = table.firstFree(missed);
    if (cidr === undefined && missed.size === 0) return undefined;
    if (cidr === undefined || missed.size >= MOST_MISSES)
      throw new Error(`What is known of claims is behind the server by ${missed.size} or more`);
    const name = podCidrClaimName(cidr);
    const isOurs =
      (await api.createClaim(node, cidr, { signal })) ||
      (await api.findClaim(name, { signal }))?.nodeUid === node.uid;
    if (isOurs) {
      state.assume(name, cidr);
      return cidr;
    }
    missed.add(cidr);
  }
}

function sayExhausted({ note, log }: NodeIpamDeps, node: NodeView, table: BlockTable): void {
  const { pool, size } = table;
  const { network, prefixLength } = pool;
  log.error("No Pod CIDR is left for a Node", { node: node.name, network, blocks: size });
  note({
    regarding: { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid },
    type: "Warning",
    reason: "CIDRNotAvailable",
    message: `No Pod CIDR is left: all ${size} blocks of /${prefixLength} in ${network} are taken. Remove Nodes, or enlarge nodeIPAM.clusterCIDRs.`,
  });
}
