import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPeer } from "@antrea/api";
import { address, antreaPolicy, namespace, network } from "../testing/records.ts";
import { readable } from "../testing/readable.ts";
import { surroundings } from "../testing/surroundings.ts";
import { compileAntreaPolicy } from "./antrea-policy.ts";

const web = { matchLabels: { app: "web" } };
const everybody = { podSelector: {} };
const allPods = "namespaceSelector= And podSelector=";

function compiled(
  spec: Parameters<typeof antreaPolicy>[1],
  more: { readonly key?: string; readonly around?: Parameters<typeof surroundings>[0] } = {},
) {
  const record = antreaPolicy(more.key ?? "p", spec);
  return compileAntreaPolicy(record, surroundings(more.around));
}

/** The rule of a policy for all Pods that drops what comes from, or goes to, the peer. */
const dropped = (peer: AntreaPeer, more: Parameters<typeof compiled>[1] = {}) =>
  compiled({ appliedTo: [everybody], ingress: [{ action: "Drop", from: [peer] }] }, more);

test("compileAntreaPolicy() takes a podSelector alone for Pods of all Namespaces, or of its own", () => {
  const spec = {
    appliedTo: [{ podSelector: web }],
    ingress: [{ action: "Allow" as const, from: [everybody] }],
  };
  assert.deepEqual(readable(compiled(spec)), [
    "for namespaceSelector= And podSelector=app=web",
    `In 0 Allow {${allPods}}`,
  ]);
  assert.deepEqual(readable(compiled(spec, { key: "a/p" })), [
    "for namespace=a And podSelector=app=web",
    "In 0 Allow {namespace=a And podSelector=}",
  ]);
});

test("compileAntreaPolicy() numbers rules of each direction by their place, the expanded ones alike", () => {
  const { policy } = compiled({
    appliedTo: [everybody],
    ingress: [
      { action: "Allow" },
      { action: "Drop", name: "last", enableLogging: true, logLabel: "x" },
    ],
    egress: [{ action: "Reject" }],
  });
  const places = policy.rules.map(({ direction, priority, action }) => [
    direction,
    priority,
    action,
  ]);
  assert.deepEqual(places, [
    ["In", 0, "Allow"],
    ["In", 1, "Drop"],
    ["Out", 0, "Reject"],
  ]);
  const [, { name, enableLogging, logLabel } = assert.fail()] = policy.rules;
  assert.deepEqual(
    { name, enableLogging, logLabel },
    { name: "last", enableLogging: true, logLabel: "x" },
  );
});

test("compileAntreaPolicy() places it in its Tier, application where none is named", () => {
  const around = { tiers: { mine: 17 } };
  const tier = (name?: string) => compiled(name === undefined ? {} : { tier: name }, { around });
  assert.equal(tier().policy.tierPriority, 250);
  assert.equal(tier("Emergency").policy.tierPriority, 50);
  assert.equal(tier("mine").policy.tierPriority, 17);
  assert.equal(tier("gone").policy.tierPriority, 250);
  assert.deepEqual(tier("gone").problems, [
    "spec.tier: there is no Tier gone; application is taken for it",
  ]);
});

test("compileAntreaPolicy() reads every sort of peer", () => {
  const around = { groups: { g: { ipBlocks: [{ cidr: network("10.0.0.0/8") }] } } };
  const peers: readonly (readonly [AntreaPeer, string])[] = [
    [{ namespaceSelector: web }, "namespaceSelector=app=web And podSelector="],
    [{ ipBlock: { cidr: network("fd00::/8") } }, "fd00::/8"],
    [{ group: "g" }, "10.0.0.0/8"],
    [{ nodeSelector: {} }, "nodeSelector="],
    [
      { serviceAccount: { namespace: "a", name: "robot" } },
      String.raw`namespace=a And podSelector="\u0000serviceAccount"=robot`,
    ],
  ];
  for (const [peer, text] of peers)
    assert.equal(readable(dropped(peer, { around }))[1], `In 0 Drop {${text}}`);
});

test("compileAntreaPolicy() takes peers that cannot be enforced for nobody, and says so", () => {
  const to = [{ fqdn: "*.example.com" }, { ipBlock: { cidr: network("10.0.0.0/8") } }];
  const rules = (action: "Allow" | "Drop") =>
    compiled({ appliedTo: [everybody], egress: [{ action, to }] });
  assert.equal(readable(rules("Allow"))[1], "Out 0 Allow {10.0.0.0/8}");
  assert.deepEqual(rules("Allow").problems, [
    "spec.egress[0].to[0]: names of DNS are not enforced yet; nothing is allowed by it",
  ]);
  assert.deepEqual(rules("Drop").problems, [
    "spec.egress[0].to[0]: names of DNS are not enforced yet; the rule is not enforced for it",
  ]);
});

test("compileAntreaPolicy() never takes what it does not know for anybody", () => {
  const hostile: readonly AntreaPeer[] = [
    {},
    { fqdn: "a" },
    { scope: "Cluster" },
    { externalEntitySelector: {} },
    { podSelector: {}, ipBlock: { cidr: network("10.0.0.0/8") } },
    { group: "gone" },
    { namespaces: {} },
    { namespaces: { match: "Self", sameLabels: ["a"] } },
    { namespaces: { sameLabels: [] } },
  ];
  for (const peer of hostile) {
    assert.equal(readable(dropped(peer))[1], "In 0 Drop {}", JSON.stringify(peer));
    assert.equal(dropped(peer).problems.length, 1, JSON.stringify(peer));
  }
});

test("compileAntreaPolicy() takes Pods of a ClusterSet for those of this cluster, and says so", () => {
  const rule = dropped({ podSelector: {}, scope: "ClusterSet" });
  assert.equal(readable(rule)[1], `In 0 Drop {${allPods}}`);
  assert.deepEqual(rule.problems, [
    "spec.ingress[0].from[0].scope: only Pods of this cluster are known",
  ]);
});

test("compileAntreaPolicy() lets a rule for Services allow nothing", () => {
  const toServices = [{ name: "s", namespace: "a" }];
  const rule = compiled({ appliedTo: [everybody], egress: [{ action: "Allow", toServices }] });
  assert.equal(readable(rule)[1], "Out 0 Allow {}");
  assert.match(rule.problems.join(), /egress\[0\]\.toServices: Services are not enforced yet/);
});

test("compileAntreaPolicy() drops what it would have to look into", () => {
  const l7Protocols = [{ http: { path: "/public/*" } }];
  const rule = compiled({ appliedTo: [everybody], ingress: [{ action: "Allow", l7Protocols }] });
  assert.equal(readable(rule)[1], "In 0 Drop {anybody}");
  assert.equal(rule.problems.length, 1);
});

test("compileAntreaPolicy() reads ports and protocols as any of these", () => {
  const rule = compiled({
    appliedTo: [everybody],
    ingress: [
      {
        action: "Drop",
        ports: [{ port: 80, endPort: 90, sourcePort: 1, sourceEndPort: 9 }, { protocol: "UDP" }],
        protocols: [
          { icmp: { icmpType: 8 } },
          { icmp: {} },
          { igmp: { groupAddress: "224.0.0.9" } },
        ],
      },
    ],
  });
  assert.equal(
    readable(rule)[1],
    `In 0 Drop {anybody} on ${[
      "TCP port=80 endPort=90 srcPort=1 srcEndPort=9",
      "UDP",
      "ICMP icmpType=8",
      "ICMP",
      `IGMP groupAddress=${address("224.0.0.9")}`,
    ].join(", ")}`,
  );
});

test("compileAntreaPolicy() leaves out a rule whose ports stand for no traffic, and says so", () => {
  const bad = [
    { ports: [{ port: 90, endPort: 80 }] },
    { ports: [{ port: 80, sourceEndPort: 7 }] },
    { protocols: [{}] },
    { protocols: [{ igmp: { groupAddress: "somewhere" } }] },
  ];
  for (const services of bad) {
    const rule = compiled({ appliedTo: [everybody], ingress: [{ action: "Allow", ...services }] });
    assert.equal(readable(rule).length, 1, JSON.stringify(services));
    assert.equal(rule.problems.length, 1);
  }
});

test("compileAntreaPolicy() has rules of their own appliedTo, and none of one that is for nobody", () => {
  const rules = compiled({
    ingress: [
      { action: "Drop", appliedTo: [{ podSelector: web }, { namespaceSelector: web }] },
      { action: "Drop", appliedTo: [{ group: "gone" }] },
    ],
  });
  assert.deepEqual(readable(rules), [
    "for nobody",
    "In 0 Drop {anybody} for namespaceSelector= And podSelector=app=web | namespaceSelector=app=web And podSelector=",
  ]);
});

test("compileAntreaPolicy() splits a rule by Namespace for Self", () => {
  const namespaces = [namespace("b", { env: "x" }), namespace("a", { env: "x" }), namespace("c")];
  const appliedTo = [{ namespaceSelector: { matchLabels: { env: "x" } }, podSelector: web }];
  const from = [
    { namespaces: { match: "Self" as const }, podSelector: web },
    { ipBlock: { cidr: network("10.0.0.0/8") } },
  ];
  const rules = compiled(
    { appliedTo, ingress: [{ action: "Allow", from }] },
    { around: { namespaces } },
  );
  assert.deepEqual(readable(rules).slice(1), [
    "In 0 Allow {10.0.0.0/8}",
    "In 0 Allow {namespace=a And podSelector=app=web} for namespace=a And podSelector=app=web",
    "In 0 Allow {namespace=b And podSelector=app=web} for namespace=b And podSelector=app=web",
  ]);
});

test("compileAntreaPolicy() splits a rule by the values of sameLabels, without Namespaces that lack one", () => {
  const namespaces = [
    namespace("a", { team: "t1", env: "x" }),
    namespace("b", { team: "t1", env: "x" }),
    namespace("c", { team: "t2", env: "" }),
    namespace("d", { team: "t1" }),
  ];
  const from = [{ namespaces: { sameLabels: ["team", "env"] } }];
  const rules = compiled(
    { appliedTo: [{ podSelector: web }], ingress: [{ action: "Allow", from }] },
    { around: { namespaces } },
  );
  const same = (labels: string) =>
    `In 0 Allow {namespaceSelector=${labels} And podSelector=} for namespaceSelector=${labels} And podSelector=app=web`;
  assert.deepEqual(readable(rules).slice(1), [same("env=,team=t2"), same("env=x,team=t1")]);
});

test("compileAntreaPolicy() is for ServiceAccounts and groups, in a policy of the cluster", () => {
  const appliedTo = [{ serviceAccount: { namespace: "a", name: "robot" } }, { group: "g" }];
  const around = { groups: { g: { namespaceSelector: web } } };
  assert.deepEqual(readable(compiled({ appliedTo }, { around })), [
    String.raw`for namespace=a And podSelector="\u0000serviceAccount"=robot | namespaceSelector=app=web And podSelector=`,
  ]);
});

test("compileAntreaPolicy() is for nobody outside the Namespace of whoever writes it", () => {
  const around = {
    groups: {
      "a/wide": { namespaceSelector: {} },
      "a/own": { podSelector: web },
      "a/partly-wide": { childGroups: ["own", "wide"] },
      "a/partly-theirs": { childGroups: ["own", "theirs"] },
      "a/theirs": { serviceReference: { namespace: "b", name: "s" } },
    },
    services: { "b/s": web.matchLabels },
  };
  const hostile = [
    { namespaceSelector: {} },
    { nodeSelector: {} },
    { serviceAccount: { namespace: "b", name: "robot" } },
    { group: "wide" },
    { group: "theirs" },
    { group: "partly-wide" },
    { group: "partly-theirs" },
    { podSelector: {}, namespaceSelector: {} },
  ];
  for (const one of hostile) {
    const policy = compiled({ appliedTo: [one] }, { key: "a/p", around });
    assert.deepEqual(readable(policy), ["for nobody"], JSON.stringify(one));
    assert.equal(policy.problems.length, 1);
  }
  assert.deepEqual(readable(compiled({ appliedTo: [{ group: "own" }] }, { key: "a/p", around })), [
    "for namespace=a And podSelector=app=web",
  ]);
});

test("compileAntreaPolicy() is for nobody where an entry of appliedTo says nothing or cannot be enforced", () => {
  const blocks = { ipBlocks: [{ cidr: network("10.0.0.0/8") }] };
  const around = { groups: { blocks } };
  const bad = [
    {},
    { group: "gone" },
    { group: "blocks" },
    { service: { namespace: "a", name: "s" } },
    { externalEntitySelector: {} },
    { podSelector: {}, nodeSelector: {} },
  ];
  for (const one of bad) {
    const policy = compiled({ appliedTo: [one] }, { around });
    assert.deepEqual(readable(policy), ["for nobody"], JSON.stringify(one));
    assert.equal(policy.problems.length, 1, JSON.stringify(one));
  }
});
