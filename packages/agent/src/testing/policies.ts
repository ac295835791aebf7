import type { Cidr, IpAddress } from "@antrea/net";
import { ofPort } from "@antrea/net";
import type { GroupMember, NamedPort, NetworkPolicy, PolicyRule } from "@antrea/policy";
import type { LocalPod } from "../policy/local-pods.ts";

/** A rule that drops ingress from the group `peers`; a test says what else matters to it. */
export function rule(over: Partial<PolicyRule> = {}): PolicyRule {
  return {
    direction: "In",
    peer: { addressGroups: ["peers"], ipBlocks: [] },
    services: [],
    action: "Drop",
    priority: 0,
    name: "",
    enableLogging: false,
    logLabel: "",
    appliedToGroups: [],
    ...over,
  };
}

/** A cluster policy for the group `targets`. */
export function policy(over: Partial<NetworkPolicy> = {}): NetworkPolicy {
  const uid = over.uid ?? "p1";
  return {
    uid,
    source: { kind: "AntreaClusterNetworkPolicy", namespace: "", name: `policy-${uid}`, uid },
    generation: 1,
    tierPriority: 250,
    priority: 5,
    isolates: [],
    appliedToGroups: ["targets"],
    rules: [rule()],
    ...over,
  };
}

/** One of Kubernetes' own, that isolates the group `targets` for ingress. */
export function isolation(over: Partial<NetworkPolicy> = {}): NetworkPolicy {
  const { tierPriority: _, priority: __, ...plain } = policy(over);
  return { ...plain, isolates: ["In"], rules: over.rules ?? [] };
}

export function member(
  name: string,
  ips: readonly string[] = [],
  ports: readonly NamedPort[] = [],
): GroupMember {
  return { pod: { namespace: "shop", name }, ips: ips as readonly IpAddress[], ports };
}

export function localPod(name: string, port: number, address = `10.244.1.${port}`): LocalPod {
  return {
    hostName: `${name}-veth`,
    namespace: "shop",
    name,
    ofPort: ofPort(port),
    addresses: [address as IpAddress],
  };
}

export const block = (cidr: string, ...except: string[]) => ({
  cidr: cidr as Cidr,
  except: except as Cidr[],
});
