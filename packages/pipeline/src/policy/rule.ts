import type { IpAddress, IpFamily, OfPort } from "@antrea/net";
import type { Direction, IpBlock, PortProtocol, RuleAction, RuleService } from "@antrea/policy";
import type { FlowOwner } from "../cookies.ts";

/** A Pod of this Node whom a rule is for. */
export interface PolicyPod {
  readonly ofPort: OfPort;
  readonly addresses: readonly IpAddress[];
}

/** Where a rule is asked: the tiers of Antrea, then Kubernetes' own policies, then the baseline. */
export type PolicyStage = "tiered" | "kubernetes" | "baseline";

/** A service as flows can match it: names of ports have become numbers. */
export type FlowService =
  | {
      readonly protocol: PortProtocol;
      /** Of the destination. All, where undefined. */
      readonly port?: number | undefined;
      readonly endPort?: number | undefined;
      readonly srcPort?: number | undefined;
      readonly srcEndPort?: number | undefined;
    }
  | Exclude<RuleService, { readonly protocol: PortProtocol }>;

/** One rule with all that its flows follow from. A rule for nobody, of nobody or of no service has no flows. */
export interface PolicyFlowRule {
  /** By `ruleIds`; what connections that it lets pass remember. */
  readonly id: number;
  readonly owner: FlowOwner;
  readonly direction: Direction;
  readonly stage: PolicyStage;
  /** The OpenFlow priority, by `priorityAssigner`; Kubernetes' own have none. */
  readonly priority?: number | undefined;
  /** Found no place in order: it denies, or it does nothing. */
  readonly isCrowded?: boolean | undefined;
  readonly action: RuleAction;
  readonly appliedTo: readonly PolicyPod[];
  /** The addresses of groups, and IP blocks; everybody is `0.0.0.0/0` and `::/0`, as in `anyPeer`. */
  readonly peer: {
    readonly addresses: readonly IpAddress[];
    readonly ipBlocks: readonly IpBlock[];
  };
  /** A rule whose names of ports all came to nothing has none: that is not "all". */
  readonly services: readonly FlowService[] | "all";
}

/** The IP families that Pods of the Node have. */
export interface PolicyNode {
  readonly families: readonly IpFamily[];
}
