import { type NodeView, podCidrClaimName } from "@antrea/api";
import type { Cidr } from "@antrea/net";
import type { ClaimRecord } from "../cluster/records.ts";
import type { IpamApi } from "../node-ipam/ipam-api.ts";

/** What one watch is told: the object, or undefined once it is gone. */
export interface ServerEvent<T> {
  readonly name: string;
  readonly object: T | undefined;
}

/** As much of an API server as Node IPAM needs, in memory: for tests. */
export interface FakeServer {
  /** What each watch is told, in order. One watch knows nothing of how far the other is. */
  readonly nodeEvents: readonly ServerEvent<NodeView>[];
  readonly claimEvents: readonly ServerEvent<ClaimRecord>[];
  addNode(name: string, podCidrs?: readonly Cidr[]): NodeView;
  removeNode(name: string): void;
  podCidrs(): Readonly<Record<string, readonly Cidr[]>>;
  /** Claim to Node. */
  claimed(): Readonly<Record<string, string>>;
  /** A client; `pause` is awaited before each request arrives and before each answer does. */
  api(pause: () => Promise<void>): IpamApi;
}

export function fakeServer({
  onAssign = (_held: Readonly<Record<string, readonly Cidr[]>>): void => {},
} = {}): FakeServer {
  const nodes = new Map<string, NodeView>();
  const claims = new Map<string, ClaimRecord>();
  const nodeEvents: ServerEvent<NodeView>[] = [];
  const claimEvents: ServerEvent<ClaimRecord>[] = [];
  let uids = 0;

  const putNode = (name: string, node: NodeView | undefined): void => {
    if (node) nodes.set(name, node);
    else nodes.delete(name);
    nodeEvents.push({ name, object: node });
  };
  const putClaim = (name: string, claim: ClaimRecord | undefined): void => {
    if (claim) claims.set(name, claim);
    else claims.delete(name);
    claimEvents.push({ name, object: claim });
  };
  const podCidrs = () =>
    Object.fromEntries([...nodes].map(([name, node]) => [name, node.podCidrs]));

  return {
    nodeEvents,
    claimEvents,
    podCidrs,
    addNode(name, cidrs = []) {
      const known = nodes.get(name);
      if (known) return known;
      const node: NodeView = {
        name,
        uid: `uid-${++uids}`,
        podCidrs: cidrs,
        transport: [],
        internalIps: [],
        externalIps: [],
        labels: {},
        hasAgent: true,
        isReady: true,
      };
      putNode(name, node);
      return node;
    },
    removeNode(name) {
      if (nodes.has(name)) putNode(name, undefined);
    },
    claimed: () =>
      Object.fromEntries([...claims.values()].map(({ name, nodeName }) => [name, nodeName])),
    api(pause) {
      async function ask<T>(answer: () => T): Promise<T> {
        await pause();
        const result = answer();
        await pause();
        return result;
      }
      return {
        findNode: (name) => ask(() => nodes.get(name)),
        findClaim: (name) => ask(() => claims.get(name)),
        createClaim: (node, cidr) =>
          ask(() => {
            const name = podCidrClaimName(cidr);
            if (claims.has(name)) return false;

            const uid = `uid-${++uids}`;
            putClaim(name, { name, uid, cidr, nodeName: node.name, nodeUid: node.uid });
            return true;
          }),
        deleteClaim: ({ name, uid }) =>
          ask(() => {
            if (claims.get(name)?.uid === uid) putClaim(name, undefined);
          }),
        assign: ({ name, uid }, cidrs) =>
          ask(() => {
            const node = nodes.get(name);
            if (node?.uid !== uid || node.podCidrs.length > 0) return false;
            putNode(name, { ...node, podCidrs: cidrs });
            onAssign(podCidrs());
            return true;
          }),
      };
    },
  };
}
