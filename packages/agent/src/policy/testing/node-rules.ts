import type { IpAddress } from "@antrea/net";
import type { Lifelines } from "../node/lifelines.ts";
import type { NodeRule } from "../node/node-rule.ts";

/** Drops all that anybody sends to the Node; a test says what else matters to it. */
export function nodeRule(over: Partial<NodeRule> = {}): NodeRule {
  return {
    ...{ id: "p1/In/0/0", title: "p1 ingress 0", direction: "In", action: "Drop" },
    order: { tierPriority: 250, priority: 5, rule: 0 },
    peer: anybody,
    services: "all",
    ...over,
  };
}

export const anybody = {
  addresses: [],
  ipBlocks: ["0.0.0.0/0", "::/0"].map((cidr) => ({ cidr, except: [] })),
} as unknown as NodeRule["peer"];

export const lifelines: Lifelines = {
  tunnels: [{ type: "geneve", udpPort: 6081 }],
  ownPorts: [10350, 10349],
  apiServer: { address: "10.96.0.1" as IpAddress, port: 443 },
};
