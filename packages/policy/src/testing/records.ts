import { type Cidr, type IpAddress, parseCidr, parseIp } from "@antrea/net";
import { invariant } from "@antrea/base";
import type {
  AntreaPolicyRecord,
  KubernetesPolicyRecord,
  NamespaceRecord,
  NodeRecord,
  PodRecord,
} from "../computation/records.ts";

/** Records for tests, which say only what matters to them. */

export function address(text: string): IpAddress {
  const parsed = parseIp(text);
  invariant(parsed, `${text} is an address`);
  return parsed;
}

/** Named `namespace/name`; on Node n1, where nothing else is said. */
export function pod(key: string, more: Partial<PodRecord> = {}): PodRecord {
  const [namespace = "", name = ""] = key.split("/");
  return {
    ...{ namespace, name, uid: `uid-${key}`, labels: {}, nodeName: "n1" },
    ...{ ips: [], ports: [], hostNetwork: false, isFinished: false, serviceAccount: "default" },
    ...more,
  };
}

export function namespace(name: string, labels: NamespaceRecord["labels"] = {}): NamespaceRecord {
  return { name, labels: { "kubernetes.io/metadata.name": name, ...labels } };
}

export function node(name: string, more: Partial<NodeRecord> = {}): NodeRecord {
  return { name, labels: {}, addresses: [], ...more };
}

export function kubernetesPolicy(
  key: string,
  spec: Partial<KubernetesPolicyRecord["spec"]> = {},
): KubernetesPolicyRecord {
  const [where = "", name = ""] = key.split("/");
  return {
    ...{ kind: "K8sNetworkPolicy", namespace: where, name, uid: `uid-k8s-${key}`, generation: 1 },
    spec: { podSelector: {}, ...spec },
  };
}

/** Of a Namespace for `namespace/name`, else of the cluster. */
export function antreaPolicy(
  key: string,
  spec: Partial<AntreaPolicyRecord["spec"]> = {},
): AntreaPolicyRecord {
  const [name = "", where = ""] = key.split("/").toReversed();
  const kind = where === "" ? "AntreaClusterNetworkPolicy" : "AntreaNetworkPolicy";
  return {
    ...{ kind, namespace: where, name, uid: `uid-antrea-${key}`, generation: 1 },
    spec: { priority: 5, ...spec },
  };
}

export function network(text: string): Cidr {
  const parsed = parseCidr(text);
  invariant(parsed, `${text} is a network`);
  return parsed;
}
