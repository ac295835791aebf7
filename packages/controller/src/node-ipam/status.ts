import type { NodeView } from "@antrea/api";
import { type Cidr, cidrAddress, cidrFamily, cidrSize, ipToBigInt } from "@antrea/net";
import type { BlockTable } from "./block-table.ts";

/** Two Nodes that hold the same addresses. */
export interface Overlap {
  readonly a: NodeView;
  readonly b: NodeView;
  readonly cidr: Cidr;
}

/**
 * Nodes whose Pod CIDRs overlap: somebody else gave them out, since we do not. Each Node is told
 * once, with the first one that it collides with.
 */
export function overlaps(nodes: Iterable<NodeView>): readonly Overlap[] {
  const spans = [...nodes].flatMap((node) => node.podCidrs.map((cidr) => spanOf(node, cidr)));
  spans.sort((x, y) =>
    x.family === y.family ? compare(x.first, y.first) : compare(x.family, y.family),
  );
  const found: Overlap[] = [];
  let widest: (typeof spans)[number] | undefined; // of those before, the one that reaches furthest
  for (const span of spans) {
    if (widest?.family === span.family && span.first <= widest.last && widest.node !== span.node)
      found.push({ a: widest.node, b: span.node, cidr: span.cidr });
    if (widest?.family !== span.family || span.last > widest.last) widest = span;
  }
  return found;
}

function spanOf(node: NodeView, cidr: Cidr) {
  const first = ipToBigInt(cidrAddress(cidr));
  return { node, cidr, family: cidrFamily(cidr), first, last: first + cidrSize(cidr) - 1n };
}

function compare<T>(x: T, y: T): number {
  return x < y ? -1 : x > y ? 1 : 0;
}

/** How Node IPAM fares, for the condition `NodeIPAMHealthy`. */
export interface IpamStatus {
  readonly isHealthy: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface IpamStatusInput {
  readonly tables: readonly BlockTable[];
  readonly waiting: ReadonlySet<string>;
  readonly overlaps: readonly Overlap[];
}

export function ipamStatus({ tables, waiting, overlaps }: IpamStatusInput): IpamStatus {
  if (waiting.size > 0)
    return {
      isHealthy: false,
      reason: "Exhausted",
      message: `${count(waiting.size, "Node")} without a Pod CIDR, because none is left: ${firstFew([...waiting])}`,
    };
  if (overlaps.length > 0)
    return {
      isHealthy: false,
      reason: "Overlap",
      message: `Nodes whose Pod CIDRs overlap, not given out by this controller: ${firstFew(overlaps.map(({ a, b }) => `${a.name} and ${b.name}`))}`,
    };
  const free = tables.map(
    ({ pool, freeCount, size }) => `${freeCount} of ${size} blocks of ${pool.network} are free`,
  );
  return { isHealthy: true, reason: "Ready", message: free.join("; ") };
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what} is` : `${n} ${what}s are`;
}

function firstFew(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")}, and ${names.length - 5} more`;
}
