import type { NodeView } from "@antrea/api";
import type { Cidr } from "@antrea/net";
import type { ClaimRecord } from "../cluster/records.ts";

interface CallOptions {
  readonly signal: AbortSignal;
}

/** What Node IPAM asks of the API server. Every read is the server's newest word, not a cache's. */
export interface IpamApi {
  findNode(name: string, options: CallOptions): Promise<NodeView | undefined>;
  findClaim(name: string, options: CallOptions): Promise<ClaimRecord | undefined>;
  /** Makes the claim of this block for this Node. False if there is a claim of its name. */
  createClaim(node: NodeView, cidr: Cidr, options: CallOptions): Promise<boolean>;
  /** Removes exactly this claim; it is well if it is gone already. */
  deleteClaim(claim: ClaimRecord, options: CallOptions): Promise<void>;
  /**
   * Sets the Pod CIDRs of exactly this Node (its UID), which must have none. False if the server
   * refuses because it is another Node, or has some.
   */
  assign(node: NodeView, cidrs: readonly Cidr[], options: CallOptions): Promise<boolean>;
}
