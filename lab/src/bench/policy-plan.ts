import { benchNamespace } from "./product.ts";

/** What the benchmark does with policies: objects as people write them. */

/** How often a policy is created and deleted. */
export const changesOf = (isQuick: boolean): number => (isQuick ? 5 : 100);
/** Policies of others, and how many of them change in a second. */
export const crowd = { policies: 1000, changesPerSecond: 10 } as const;

export interface PolicyPath {
  readonly path: string;
  readonly object: { readonly metadata: { readonly name: string } } & Readonly<
    Record<string, unknown>
  >;
}

const kubernetesPath = `/apis/networking.k8s.io/v1/namespaces/${benchNamespace}/networkpolicies`;
const clusterPath = "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies";
const podsNamed = (app: string) => ({ podSelector: { matchLabels: { app } } });

/** Nobody reaches the Pod any more. */
export function isolation(app: string): PolicyPath {
  return {
    path: kubernetesPath,
    object: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "bench-isolation" },
      spec: { ...podsNamed(app), policyTypes: ["Ingress"] },
    },
  };
}

/** The same said by a policy of the cluster. */
export function clusterDrop(app: string): PolicyPath {
  return {
    path: clusterPath,
    object: {
      apiVersion: "crd.antrea.io/v1beta1",
      kind: "ClusterNetworkPolicy",
      metadata: { name: "bench-drop" },
      spec: {
        priority: 5,
        tier: "application",
        appliedTo: [podsNamed(app)],
        ingress: [{ name: "nobody", action: "Drop" }],
      },
    },
  };
}

/** One of many that allow others' addresses; `turn` makes another policy of the same name. */
export function crowdPolicy(app: string, index: number, turn = 0): PolicyPath {
  return rulesPolicy(app, `bench-crowd-${index}`, [index * 7 + turn]);
}

/** `rules` of one policy, each of an address and a port of its own. */
export function manyRules(app: string, policy: number, rules: number): PolicyPath {
  const numbers = indexesTo(rules).map((i) => policy * rules + i);
  return rulesPolicy(app, `bench-rules-${policy}`, numbers);
}

/** One policy of so many rules, all of them for addresses that nobody has. */
export function longPolicy(app: string, rules: number): PolicyPath {
  return rulesPolicy(app, "bench-long", indexesTo(rules));
}

/** One rule that lets so many networks in, which nobody is in. */
export function wideRule(app: string, networks: number): PolicyPath {
  return kubernetesPolicy(app, "bench-wide", [{ from: indexesTo(networks).map(addressBlock) }]);
}

/** What lets the measured traffic through where others isolate the Pod. */
export function openDoor(app: string, from: string): PolicyPath {
  return kubernetesPolicy(app, "bench-open", [{ from: [podsNamed(from)] }]);
}

function rulesPolicy(app: string, name: string, numbers: readonly number[]): PolicyPath {
  const ingress = numbers.map((number) => ({
    from: [addressBlock(number)],
    ports: [{ protocol: "TCP", port: 1024 + (number % 50_000) }],
  }));
  return kubernetesPolicy(app, name, ingress);
}

function addressBlock(number: number) {
  const cidr = `10.${100 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}/32`;
  return { ipBlock: { cidr } };
}

function indexesTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function kubernetesPolicy(app: string, name: string, ingress: readonly object[]): PolicyPath {
  return {
    path: kubernetesPath,
    object: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name },
      spec: { ...podsNamed(app), policyTypes: ["Ingress"], ingress },
    },
  };
}
