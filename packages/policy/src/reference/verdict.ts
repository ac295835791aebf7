import type { Direction } from "../model.ts";
import type { Packet } from "./packet.ts";
import type { PolicyName, RuleName } from "./rule.ts";

/** What becomes of a packet, and who says so. */
export interface Verdict {
  readonly packet: Packet;
  /** By the policies for its source. */
  readonly egress: Decision;
  /** By the policies for its destination. */
  readonly ingress: Decision;
  readonly isDelivered: boolean;
}

export interface Decision {
  readonly direction: Direction;
  readonly action: "Allow" | "Drop" | "Reject";
  readonly by: DecidedBy;
  /** The rule that left it to Kubernetes' own policies. */
  readonly passedOnBy?: RuleName;
  /** All other rules for this end and direction, in the order in which they are asked. */
  readonly lost: readonly LostRule[];
  /** Rules at the same place as one that mattered, that would have it otherwise: their authors must give them an order. */
  readonly tied: readonly RuleName[];
}

export type DecidedBy =
  | { readonly kind: "rule"; readonly rule: RuleName }
  /** These policies of Kubernetes select the Pod, and none allows. */
  | { readonly kind: "isolation"; readonly policies: readonly PolicyName[] }
  | { readonly kind: "default" }
  /** The address is neither a Pod's nor a Node's, so no policy is for it. */
  | { readonly kind: "outside" }
  | { readonly kind: "itself" }
  /** A Pod's own Node may always reach it: the kubelet probes it. */
  | { readonly kind: "own-node" };

export interface LostRule {
  readonly rule: RuleName;
  /**
   * It does not speak of the other end; nor of this traffic; another rule decided first; a rule left
   * the packet to Kubernetes' own policies; or these isolate the Pod, before baseline rules are asked.
   */
  readonly why: "peer" | "traffic" | "later" | "passed" | "isolated";
}
