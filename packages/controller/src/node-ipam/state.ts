import type { NodeView } from "@antrea/api";
import type { Cidr } from "@antrea/net";
import type { Store } from "@antrea/kube";
import type { ClaimRecord } from "../cluster/records.ts";
import { type BlockTable, blockTable, isBlockOf, type Pool } from "./block-table.ts";

export type NodeStore = Store<NodeView>;
export type ClaimStore = Store<ClaimRecord, "node">;

/**
 * Which blocks are taken, as far as we know: by the Nodes that have them, by claims, and by claims
 * of our own that the server has not told us of yet. What we know may be old; the claims' names are
 * what keeps a block from being given twice, and this only keeps us from asking in vain.
 */
export interface IpamState {
  readonly tables: readonly BlockTable[];
  readonly nodes: NodeStore;
  readonly claims: ClaimStore;
  /** Counts a claim that we made as taken until the server tells us of it. */
  assume(name: string, cidr: Cidr): void;
  /** Forgets an assumed claim, because it was removed. */
  forget(name: string): void;
  /** Nodes with a block of ours and no claim for it: set by others, or before we led. */
  unclaimed(): readonly { readonly node: NodeView; readonly cidr: Cidr }[];
  stop(): void;
}

export function ipamState(pools: readonly Pool[], nodes: NodeStore, claims: ClaimStore): IpamState {
  const tables = pools.map(blockTable);
  const assumed = new Map<string, Cidr>();
  const unclaimed = new Map<string, readonly Cidr[]>(); // by Node
  const take = (cidr: Cidr): void => tables.forEach((table) => table.take(cidr));
  const free = (cidr: Cidr): void => tables.forEach((table) => table.free(cidr));

  const forget = (name: string): void => {
    const cidr = assumed.get(name);
    if (cidr === undefined) return;
    assumed.delete(name);
    free(cidr);
  };
  const lookFor = (nodeName: string): void => {
    const node = nodes.get(nodeName);
    const open = node ? openBlocks(node, pools, claims) : [];
    if (open.length > 0) unclaimed.set(nodeName, open);
    else unclaimed.delete(nodeName);
  };
  const stopNodes = nodes.onChange((name, before, after) => {
    for (const cidr of after?.podCidrs ?? []) take(cidr);
    for (const cidr of before?.podCidrs ?? []) free(cidr);
    lookFor(name);
  });
  const stopClaims = claims.onChange((name, before, after) => {
    if (after) take(after.cidr);
    if (before) free(before.cidr);
    if (after) forget(name);
    for (const nodeName of new Set([before?.nodeName, after?.nodeName]))
      if (nodeName !== undefined) lookFor(nodeName);
  });

  return {
    tables,
    nodes,
    claims,
    assume(name, cidr) {
      if (claims.has(name) || assumed.has(name)) return;
      assumed.set(name, cidr);
      take(cidr);
    },
    forget,
    unclaimed: () =>
      [...unclaimed].flatMap(([name, cidrs]) => {
        const node = nodes.get(name);
        return node ? cidrs.map((cidr) => ({ node, cidr })) : [];
      }),
    stop() {
      stopNodes();
      stopClaims();
    },
  };
}

function openBlocks(node: NodeView, pools: readonly Pool[], claims: ClaimStore): readonly Cidr[] {
  const own = claims.by("node", node.name).filter(({ nodeUid }) => nodeUid === node.uid);
  return node.podCidrs.filter(
    (cidr) =>
      pools.some((pool) => isBlockOf(pool, cidr)) && !own.some((claim) => claim.cidr === cidr),
  );
}
