import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaAppliedTo, AntreaIngressRule, AntreaPeer, Group } from "@antrea/api";
import type { Labels } from "../computation/records.ts";
import type { Cluster, WrittenPolicy } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import type { Traffic } from "./packet.ts";
import { cidr, ip, pod, smallCluster, tcp } from "./testing/small-cluster.ts";

const addresses = {
  web: "10.1.0.11",
  db: "10.2.0.12",
  bank: "10.2.0.21",
  node1: "172.18.0.1",
  node2: "172.18.0.2",
  world: "192.0.2.1",
} as const;
type Who = keyof typeof addresses;
const everyone = Object.keys(addresses) as readonly Who[];

function dropping(
  rule: Partial<AntreaIngressRule>,
  appliedTo: readonly AntreaAppliedTo[] = [{ namespaceSelector: {} }],
  namespace = "",
): WrittenPolicy {
  const kind = namespace === "" ? "AntreaClusterNetworkPolicy" : "AntreaNetworkPolicy";
  const spec = { priority: 5, appliedTo, ingress: [{ action: "Drop", ...rule }] } as const;
  return { kind, namespace, name: "p", spec };
}

function isDropped(
  policy: WrittenPolicy,
  [from, to]: readonly [Who, Who],
  { traffic = tcp(80), ...more }: Partial<Cluster> & { readonly traffic?: Traffic } = {},
): boolean {
  const ends = { source: ip(addresses[from]), destination: ip(addresses[to]) };
  return !evaluate(smallCluster([policy], more), { ...ends, traffic }).isDelivered;
}

/** Whose packets to web are dropped, if the rule is about these peers. */
const droppedFrom = (from: readonly AntreaPeer[], more: Partial<Cluster> = {}, namespace = "") =>
  everyone.filter((who) =>
    isDropped(
      dropping({ from }, [{ podSelector: { matchLabels: { app: "web" } } }], namespace),
      [who, "web"],
      more,
    ),
  );
const droppedTo = (
  appliedTo: readonly AntreaAppliedTo[],
  more: Partial<Cluster> = {},
  namespace = "",
) => everyone.filter((who) => isDropped(dropping({}, appliedTo, namespace), ["world", who], more));

test("antreaRules(): podSelector alone is all Namespaces in a policy of the cluster, and its own in one of a Namespace", () => {
  assert.deepEqual(droppedFrom([{ podSelector: {} }]), ["db", "bank"]);
  assert.deepEqual(droppedFrom([{ podSelector: {} }], {}, "shop"), ["db"]);
  assert.deepEqual(droppedTo([{ podSelector: {} }]), ["web", "db", "bank"]);
  assert.deepEqual(droppedTo([{ podSelector: {} }], {}, "shop"), ["web", "db"]);
});

test("antreaRules(): a policy of a Namespace is never for another's Pods, and may speak of them", () => {
  const bank = { namespaceSelector: { matchLabels: { team: "b" } } };
  assert.deepEqual(droppedTo([bank], {}, "shop"), []);
  assert.deepEqual(droppedFrom([bank], {}, "shop"), ["bank"]);
});

test("antreaRules(): no peers are everybody but the Pod's own Node, an empty peer is nobody", () => {
  assert.deepEqual(droppedFrom([]), ["db", "bank", "node2", "world"]);
  assert.deepEqual(droppedFrom([{}]), []);
  assert.deepEqual(droppedTo([]), []);
  assert.deepEqual(droppedTo([{}]), []);
});

test("antreaRules(): namespaces Self is the Namespace of whom the rule is for", () => {
  assert.deepEqual(droppedFrom([{ namespaces: { match: "Self" } }]), ["db"]);
  const onlyBank = { podSelector: { matchLabels: { app: "web" } } };
  assert.deepEqual(droppedFrom([{ namespaces: { match: "Self" }, ...onlyBank }]), []);
});

test("antreaRules(): sameLabels asks for the same values of labels that both Namespaces have", () => {
  const namespaces = (shop: Labels, bank: Labels) => ({
    namespaces: [
      { name: "shop", labels: shop },
      { name: "bank", labels: bank },
    ],
  });
  const peers = [{ namespaces: { sameLabels: ["team", "env"] } }];
  const alike = { team: "a", env: "" };
  assert.deepEqual(droppedFrom(peers, namespaces(alike, alike)), ["db", "bank"]);
  assert.deepEqual(droppedFrom(peers, namespaces(alike, { team: "a", env: "x" })), ["db"]);
  assert.deepEqual(droppedFrom(peers, namespaces({ team: "a" }, { team: "a" })), []);
});

test("antreaRules(): ServiceAccounts and Nodes are peers and subjects", () => {
  const serviceAccount = { name: "teller", namespace: "bank" };
  const nodeSelector = { matchLabels: { zone: "west" } };
  assert.deepEqual(droppedFrom([{ serviceAccount }]), ["bank"]);
  assert.deepEqual(droppedTo([{ serviceAccount }]), ["bank"]);
  assert.deepEqual(droppedFrom([{ nodeSelector }]), ["node2"]);
  assert.deepEqual(droppedTo([{ nodeSelector }]), ["node2"]);
});

test("antreaRules(): groups have Pods by selectors, by a Service, by addresses and by children; a missing one has nobody", () => {
  const group = (name: string, spec: Group["spec"]) => ({ namespace: "", name, spec });
  const more = {
    services: [{ namespace: "bank", name: "till", selector: { app: "web" } }],
    groups: [
      group("pods", { podSelector: { matchLabels: { app: "db" } } }),
      group("service", { serviceReference: { namespace: "bank", name: "till" } }),
      group("blocks", { ipBlocks: [{ cidr: cidr("192.0.2.0/24") }] }),
      group("both", { childGroups: ["pods", "blocks", "missing"] }),
      group("too-deep", { childGroups: ["both"] }),
      group("partly-deep", { childGroups: ["service", "both"] }),
    ],
  };
  const expected = {
    pods: ["db"],
    service: ["bank"],
    blocks: ["world"],
    both: ["db", "world"],
    "partly-deep": ["bank"],
  };
  for (const [name, who] of Object.entries({ ...expected, missing: [], "too-deep": [] })) {
    assert.deepEqual(droppedFrom([{ group: name }], more), who, name);
    const pods = who.filter((one) => one !== "world");
    assert.deepEqual(droppedTo([{ group: name }], more), pods, name);
  }
});

test("antreaRules(): a Group is its Namespace's own; one that reaches out, if only by a child, is a peer only", () => {
  const till = { namespace: "bank", name: "till" };
  const more = {
    groups: [
      { namespace: "shop", name: "all", spec: { podSelector: {} } },
      { namespace: "shop", name: "wide", spec: { namespaceSelector: {} } },
      { namespace: "shop", name: "theirs", spec: { serviceReference: till } },
      { namespace: "shop", name: "some-wide", spec: { childGroups: ["all", "wide"] } },
      { namespace: "shop", name: "some-theirs", spec: { childGroups: ["all", "theirs"] } },
    ],
    services: [{ ...till, selector: { app: "web" } }],
  };
  assert.deepEqual(droppedFrom([{ group: "all" }], more, "shop"), ["db"]);
  assert.deepEqual(droppedFrom([{ group: "all" }], more, "bank"), []);
  assert.deepEqual(droppedFrom([{ group: "all" }], more), []);
  assert.deepEqual(droppedFrom([{ group: "wide" }], more, "shop"), ["db", "bank"]);
  for (const group of ["wide", "theirs", "some-wide", "some-theirs"])
    assert.deepEqual(droppedTo([{ group }], more, "shop"), [], group);
  assert.deepEqual(droppedFrom([{ group: "some-theirs" }], more, "shop"), ["db", "bank"]);
});

test("antreaRules(): a Group may name a Service of another Namespace, whose Pods are peers only; else it is its own", () => {
  const group = (name: string, namespace?: string) => ({
    ...{ namespace: "shop", name },
    spec: { serviceReference: namespace ? { name: "till", namespace } : { name: "till" } },
  });
  const more = {
    services: [
      { namespace: "bank", name: "till", selector: { app: "web" } },
      { namespace: "shop", name: "till", selector: { app: "db" } },
    ],
    groups: [group("own"), group("theirs", "bank")],
  };
  assert.deepEqual(droppedFrom([{ group: "own" }], more, "shop"), ["db"]);
  assert.deepEqual(droppedTo([{ group: "own" }], more, "shop"), ["db"]);
  assert.deepEqual(droppedFrom([{ group: "theirs" }], more, "shop"), ["bank"]);
  assert.deepEqual(droppedTo([{ group: "theirs" }], more, "shop"), []);
});

test("antreaRules(): ports may ask for the source's, protocols for type and code; either is enough", () => {
  const drops = (rule: Partial<AntreaIngressRule>, traffic: Traffic): boolean =>
    isDropped(dropping(rule), ["bank", "web"], { traffic });
  const ports = [{ port: 80, endPort: 90, sourcePort: 1000, sourceEndPort: 1001 }];
  assert.ok(drops({ ports }, tcp(90, 1001)));
  assert.ok(!drops({ ports }, tcp(90, 1002)));
  assert.ok(!drops({ ports }, tcp(91, 1001)));
  const icmp = (icmpType: number, icmpCode: number) =>
    ({ protocol: "ICMP", icmpType, icmpCode }) as const;
  const protocols = [{ icmp: { icmpType: 3 } }];
  assert.ok(drops({ protocols }, icmp(3, 1)));
  assert.ok(!drops({ protocols }, icmp(8, 0)));
  assert.ok(!drops({ protocols }, tcp(80)));
  assert.ok(drops({ protocols, ports }, tcp(80, 1000)));
  assert.ok(drops({ protocols: [{ icmp: {} }] }, icmp(8, 0)));
  assert.ok(
    drops({ protocols: [{ icmp: { icmpType: 0, icmpCode: 0 } }] }, icmp(0, 0)),
    "0 is a type",
  );
});

test("antreaRules(): a rule's appliedTo is its own", () => {
  const policy: WrittenPolicy = {
    ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: "p" },
    spec: {
      priority: 1,
      ingress: [
        { action: "Drop", appliedTo: [{ podSelector: { matchLabels: { app: "db" } } }] },
        { action: "Reject", appliedTo: [{ podSelector: { matchLabels: { app: "web" } } }] },
      ],
    },
  };
  const action = (to: Who) =>
    evaluate(smallCluster([policy]), {
      source: ip("192.0.2.1"),
      destination: ip(addresses[to]),
      traffic: tcp(1),
    }).ingress.action;
  assert.deepEqual((["db", "web", "node1"] as const).map(action), ["Drop", "Reject", "Allow"]);
});

test("antreaRules(): an address that another Pod has now is that Pod's alone", () => {
  const rule = dropping({ from: [{ podSelector: { matchLabels: { app: "db" } } }] });
  const moved = smallCluster([]).pods.filter(({ name }) => name !== "db");
  const more = { pods: [...moved, pod("bank", "new", "10.2.0.12")] };
  assert.ok(isDropped(rule, ["db", "web"]));
  assert.ok(!isDropped(rule, ["db", "web"], more));
});
