import { cidrFamily, type IpFamily } from "@antrea/net";
import type { NodeNetwork } from "../network.ts";

/** The IP families that Pods of this Node have: flows of another one would match nothing. */
export function familiesOf({ podCidrs }: Pick<NodeNetwork, "podCidrs">): readonly IpFamily[] {
  return [...new Set(podCidrs.map(cidrFamily))];
}
