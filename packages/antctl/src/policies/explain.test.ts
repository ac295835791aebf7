import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeNode } from "../testing/fake-agent.ts";
import { type AntctlRun, runAntctl } from "../testing/run-antctl.ts";

const pod = (namespace: string, name: string, node: string, ips: readonly string[]) => ({
  metadata: { namespace, name, uid: `${namespace}-${name}`, labels: { app: name } },
  spec: {
    nodeName: node,
    containers: [{ ports: [{ name: "sql", containerPort: 5432 }] }, {}],
  },
  status: { phase: "Running", podIPs: ips.map((ip) => ({ ip })) },
});
const node = (name: string, ip: string) => ({
  metadata: { name, uid: name, labels: {} },
  status: { addresses: [{ type: "InternalIP", address: ip }] },
});

/** Two Pods on two Nodes; a policy of Kubernetes lets only `sql` to db, one of Antrea drops UDP. */
const objects = {
  namespaces: [{ metadata: { name: "shop", labels: { team: "a" } } }],
  nodes: [node("node-1", "172.18.0.1"), node("node-2", "172.18.0.2")],
  pods: [
    pod("shop", "web", "node-1", ["10.1.0.11", "fd00:1::11"]),
    pod("shop", "db", "node-2", ["10.2.0.12", "fd00:2::12"]),
    pod("shop", "starting", "node-2", []),
  ],
  networkPolicies: [
    {
      metadata: { namespace: "shop", name: "only-sql" },
      spec: {
        podSelector: { matchLabels: { app: "db" } },
        policyTypes: ["Ingress"],
        ingress: [{ ports: [{ port: "sql" }] }],
      },
    },
  ],
  antreaClusterPolicies: [
    {
      metadata: { name: "no-udp" },
      spec: {
        priority: 1,
        appliedTo: [{ namespaceSelector: {} }],
        egress: [{ action: "Reject", ports: [{ protocol: "UDP" }] }],
      },
    },
    { metadata: { name: "nonsense" }, spec: { priority: "first" } },
  ],
  clusterGroups: [
    {
      metadata: { name: "backends" },
      spec: { childGroups: ["databases", "outside"] },
    },
    { metadata: { name: "databases" }, spec: { podSelector: { matchLabels: { app: "db" } } } },
    { metadata: { name: "outside" }, spec: { ipBlocks: [{ cidr: "192.0.2.0/24" }] } },
  ],
  tiers: [
    { metadata: { name: "platform" }, spec: { priority: 200, description: "for all" } },
    { metadata: { name: "emergency" }, spec: { priority: 50 } },
  ],
};

const outside = (line: string): Promise<AntctlRun> =>
  runAntctl({ place: "outside", nodes: [], objects }, line);

test("antctl explain names the deciding rule at both ends, and the rules that lost", async () => {
  const { out, err, code } = await outside("explain -S shop/web -D shop/db --port 80");
  assert.deepEqual(out.trimEnd().split("\n"), [
    "Pod shop/web on node-1 -> Pod shop/db on node-2",
    "10.1.0.11 -> 10.2.0.12, TCP 80: not delivered",
    "Egress, by the policies for the source: Allow, because no rule says otherwise",
    "  lost: ClusterNetworkPolicy (Antrea) no-udp, egress rule 0 (Reject): does not speak of this traffic",
    "Ingress, by the policies for the destination: Drop, because NetworkPolicy shop/only-sql isolates it and no policy allows this",
    "  lost: NetworkPolicy shop/only-sql, ingress rule 0 (Allow): does not speak of this traffic",
  ]);
  assert.equal(code, 0);
  assert.match(err, /^antctl: Not counted: antreaClusterPolicies nonsense: .*priority is "first"/);
  assert.match(err, /^antctl: node-1: No Pod antrea-agent runs/m, "the path is not known");
});

test("antctl explain follows names of ports, protocols and IP families", async () => {
  const verdict = async (line: string): Promise<string> =>
    (await outside(`explain -S shop/web ${line}`)).out.split("\n")[1] ?? "";
  assert.match(await verdict("-D shop/db --port 5432"), /TCP 5432: delivered$/);
  assert.match(
    await verdict("-D shop/db --port 5432 -F 6"),
    /^fd00:1::11 -> fd00:2::12, .*: delivered$/,
  );
  assert.match(
    await verdict("-D fd00:2::12 --protocol ICMP"),
    /ICMP type 128 code 0: not delivered$/,
  );
  assert.match(await verdict("-D 192.0.2.1 --protocol UDP --port 53"), /UDP 53: not delivered$/);
});

test("antctl explain prints the path between the Nodes, and the flows of what decides", async () => {
  const nodes = [fakeNode(1, 1), fakeNode(2, 2)];
  const { out } = await runAntctl(
    { place: "outside", nodes, objects },
    "explain -S shop/web -D shop/db --port 80",
  );
  assert.match(out, /^Path from node-1 to node-2: tunnel, different subnets$/m);
  assert.match(out, /^Flows on node-2 of what decides on ingress: 1\n {2}cookie=0x\w+, table=/m);
  assert.doesNotMatch(out, /Flows on node-1/, "nothing decides there");
});

test("antctl explain says which end it does not know", async () => {
  const err = async (line: string): Promise<string> => (await outside(`explain ${line}`)).err;
  assert.match(await err("-S shop/web -D shop/ghost"), /There is no Pod ghost in Namespace shop/);
  assert.match(await err("-S shop/web -D shop/starting"), /shop\/starting has no address/);
  assert.match(await err("-S 192.0.2.1 -D shop/db -F 6"), /no two of ipv6/);
  const { code, err: inAgent } = await runAntctl(
    { place: "agent", nodes: [], objects },
    "explain -S shop/web -D shop/db",
  );
  assert.equal(code, 1);
  assert.match(inAgent, /In an agent's Pod antctl has the agent's rights/);
});

test("antctl get tier and clustergroup print the order, and who is in", async () => {
  assert.match((await outside("get tier")).out, /emergency +50\b[^]*platform +200 +for all/);
  const { out } = await outside("get cg");
  assert.match(out, /^backends +1: shop\/db +0 +1$/m);
  assert.match(out, /^outside +0 +0 +1$/m);
});
