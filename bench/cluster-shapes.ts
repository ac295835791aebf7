import type {
  AntreaPolicyRecord,
  ClusterUpdate,
  KubernetesPolicyRecord,
  NamespaceRecord,
  PodRecord,
} from "@antrea/policy";
import { address, antreaPolicy, kubernetesPolicy, namespace, pod } from "@antrea/policy/testing";

/** A cluster of some shape, and changes of it whose cost is asked for. */
export interface Shape {
  readonly describe: string;
  /** How many Namespaces, Pods and policies it has. */
  readonly objects: number;
  tell(cluster: ClusterUpdate): void;
  /** The `i`th time that one policy, or one Pod, is changed. */
  changePolicy(cluster: ClusterUpdate, i: number): void;
  changePod(cluster: ClusterUpdate, i: number): void;
  /** Gives its Pods to other selectors, or back. */
  relabel(cluster: ClusterUpdate, i: number): void;
}

export const nodeCount = 1000;
const label = (n: number) => ({ [`app-${n}`]: `scale-${n}` });
const wanted = (n: number) => ({ matchLabels: label(n) });

/** The `n`th Pod of the cluster: Nodes get them in turn. */
function placed(key: string, n: number, labels: PodRecord["labels"]): PodRecord {
  const ip = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  return pod(key, { labels, ips: [address(ip)], nodeName: `node-${n % nodeCount}` });
}

/** As Antrea's own test of this size has it: four Pods and three policies in each Namespace. */
function smallNamespaces(count: number): Shape {
  const place = (i: number, app: string): NamespaceRecord => namespace(`ns-${i}`, { app });
  const policy = (i: number, n: number, from: number): KubernetesPolicyRecord =>
    kubernetesPolicy(`ns-${i}/np-${n}`, {
      podSelector: wanted(n),
      ingress: [{ from: [{ podSelector: wanted(from) }] }],
    });
  return {
    describe: `${count} Namespaces, ${4 * count} Pods, ${3 * count} policies`,
    objects: 8 * count,
    tell(cluster) {
      for (let i = 0; i < count; i++) {
        cluster.setNamespace(place(i, `ns-${i}`));
        for (let n = 0; n < 4; n++) cluster.setPod(placed(`ns-${i}/pod-${n}`, 4 * i + n, label(n)));
        for (let n = 0; n < 3; n++) cluster.setPolicy(policy(i, n, n + 1));
      }
    },
    changePolicy: (cluster, i) => cluster.setPolicy(policy(i, 0, 2 + (i % 2))),
    changePod: (cluster, i) => cluster.setPod(placed(`ns-${i}/pod-0`, 4 * i + 1, label(0))),
    relabel: (cluster, i) => cluster.setNamespace(place(i, "another")),
  };
}

/** Ten Namespaces; each policy speaks of Pods of all Namespaces of a team. */
function hugeNamespaces(count: number, podsOfEach: number, policies: number): Shape {
  const teams = 2;
  const kinds = 100;
  const policy = (i: number, from: number): KubernetesPolicyRecord =>
    kubernetesPolicy(`ns-${i % count}/np-${i}`, {
      podSelector: wanted(i % kinds),
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { team: `team-${i % teams}` } },
              podSelector: wanted(from % kinds),
            },
          ],
        },
      ],
    });
  const place = (cluster: ClusterUpdate, i: number, team: number) =>
    cluster.setNamespace(namespace(`ns-${i}`, { team: `team-${team % teams}` }));
  return {
    objects: count + count * podsOfEach + policies,
    describe: `${count} Namespaces, ${count * podsOfEach} Pods, ${policies} policies with selectors of Namespaces`,
    tell(cluster) {
      for (let i = 0; i < count; i++) {
        place(cluster, i, i);
        for (let n = 0; n < podsOfEach; n++)
          cluster.setPod(placed(`ns-${i}/pod-${n}`, i * podsOfEach + n, label(n % kinds)));
      }
      for (let i = 0; i < policies; i++) cluster.setPolicy(policy(i, i + 1));
    },
    changePolicy: (cluster, i) => cluster.setPolicy(policy(i, i + 7)),
    changePod: (cluster, i) =>
      cluster.setPod(placed(`ns-0/pod-${i}`, 7 * i, label((i + 1) % kinds))),
    relabel: (cluster, i) => place(cluster, 0, i + 1),
  };
}

/** One Namespace, and for each of its Pods a policy that is for that one, and from that one. */
function groupsOfOne(count: number): Shape {
  const labels = (n: number) => ({ app: "web", pod: `pod-${n}` });
  const policy = (n: number, from: number): KubernetesPolicyRecord =>
    kubernetesPolicy(`ns-0/np-${n}`, {
      podSelector: { matchLabels: labels(n) },
      ingress: [{ from: [{ podSelector: { matchLabels: labels(from) } }] }],
    });
  return {
    objects: 1 + 2 * count,
    describe: `1 Namespace, ${count} Pods, a policy for each of them, from one other`,
    tell(cluster) {
      cluster.setNamespace(namespace("ns-0"));
      for (let n = 0; n < count; n++) cluster.setPod(placed(`ns-0/pod-${n}`, n, labels(n)));
      for (let n = 0; n < count; n++) cluster.setPolicy(policy(n, (n + 1) % count));
    },
    changePolicy: (cluster, i) => cluster.setPolicy(policy(i, (i + 7) % count)),
    changePod: (cluster, i) => cluster.setPod(placed(`ns-0/pod-${i}`, 7 * i, labels(i))),
    relabel: (cluster, i) => cluster.setNamespace(namespace("ns-0", { team: `team-${i}` })),
  };
}

/** Nobody is reached from another Namespace: one policy, that has a rule for each. */
function isolatedNamespaces(count: number): Shape {
  const isolation = (priority: number): AntreaPolicyRecord =>
    antreaPolicy("isolation", {
      priority,
      appliedTo: [{ podSelector: {} }],
      ingress: [{ action: "Allow", from: [{ namespaces: { match: "Self" } }] }, { action: "Drop" }],
    });
  return {
    describe: `${count} Namespaces, ${4 * count} Pods, 1 policy of the cluster with \`namespaces: Self\``,
    objects: 5 * count + 1,
    tell(cluster) {
      for (let i = 0; i < count; i++) {
        cluster.setNamespace(namespace(`ns-${i}`));
        for (let n = 0; n < 4; n++) cluster.setPod(placed(`ns-${i}/pod-${n}`, 4 * i + n, label(n)));
      }
      cluster.setPolicy(isolation(1));
    },
    changePolicy: (cluster, i) => cluster.setPolicy(isolation(2 + i)),
    changePod: (cluster, i) => cluster.setPod(placed(`ns-${i}/pod-0`, 4 * i + 1, label(0))),
    relabel: (cluster, i) => cluster.setNamespace(namespace(`ns-${i}`, { app: "another" })),
  };
}

export const shapes: readonly Shape[] = [
  smallNamespaces(25_000),
  hugeNamespaces(10, 10_000, 1000),
  groupsOfOne(10_000),
  groupsOfOne(20_000),
  isolatedNamespaces(5_000),
];
