import { ofPort } from "@antrea/net";
import type { IpBlock } from "@antrea/policy";
import type { PolicyFlowRule, PolicyPod } from "../policy/rule.ts";
import { cidr, ip } from "./network.ts";

export const policyPod = (port: number, ...addresses: readonly string[]): PolicyPod => ({
  ofPort: ofPort(port),
  addresses: addresses.map(ip),
});

/** Peers by address, by network, or by network and exceptions: `10.0.0.0/8 -10.1.0.0/16 -10.2.0.0/16`. */
export function peersOf(...texts: readonly string[]): PolicyFlowRule["peer"] {
  return {
    addresses: texts.filter((text) => !text.includes("/")).map(ip),
    ipBlocks: texts.filter((text) => text.includes("/")).map(ipBlock),
  };
}

function ipBlock(text: string): IpBlock {
  const [block = "", ...except] = text.split(" -");
  return { cidr: cidr(block), except: except.map(cidr) };
}

/** Allows everybody everything to the Pod at port 1, unless said otherwise. */
export function policyRule(choice: Partial<PolicyFlowRule> = {}): PolicyFlowRule {
  return {
    id: 7,
    owner: "policy:shop/web/In/0",
    direction: "In",
    stage: "tiered",
    priority: 14500,
    action: "Allow",
    appliedTo: [policyPod(1, "10.244.1.2")],
    peer: peersOf("0.0.0.0/0", "::/0"),
    services: "all",
    ...choice,
  };
}
