import assert from "node:assert/strict";
import { test } from "node:test";
import { type AntreaPolicyRecord, type PodRecord, policyComputation } from "@antrea/policy";
import { policyStatus } from "./status.ts";
import { statuses } from "./statuses.ts";

const pod = (name: string, nodeName: string): PodRecord => ({
  ...{ namespace: "shop", name, uid: name, labels: { app: "web" }, nodeName },
  ...{ ips: [], ports: [], hostNetwork: false, isFinished: false, serviceAccount: "" },
});
const policy = (generation: number): AntreaPolicyRecord => ({
  ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: "deny", uid: "u", generation },
  spec: {
    ...{ priority: 1, appliedTo: [{ podSelector: { matchLabels: { app: "web" } } }] },
    ingress: [{ action: "Drop" }],
  },
});

/** A policy on Nodes a and b. */
function world() {
  const computation = policyComputation();
  const clock = { ms: 0 };
  const took: number[] = [];
  const changed = new Set<string>();
  const listener = {
    onChange: (uid: string) => void changed.add(uid),
    onConfirmed: (ms: number) => void took.push(ms),
  };
  const made = statuses(computation.networkPolicies, listener, () => clock.ms);
  computation.update((cluster) => {
    cluster.setNamespace({ name: "shop", labels: {} });
    for (const node of ["a", "b"]) cluster.setPod(pod(`on-${node}`, node));
    cluster.setPolicy(policy(1));
  });
  const report = (nodeName: string, one: object, isWhole = false): void =>
    made.take({ nodeName, isWhole, policies: [{ uid: "u", ...one }] });
  const status = () => {
    const progress = made.progress("u") ?? assert.fail("there is the policy");
    const { phase, currentNodesRealized, desiredNodesRealized } = policyStatus(
      progress,
      computation.problems("u"),
      undefined,
      new Date(0),
    );
    return `${phase} ${currentNodesRealized}/${desiredNodesRealized}`;
  };
  return { computation, made, clock, took, changed, report, status };
}

test("statuses() counts Nodes of the span that have the present state, and how long each took", () => {
  const { computation, clock, took, report, status } = world();
  assert.equal(status(), "Realizing 0/2");
  clock.ms = 5;
  report("a", { generation: 1 });
  report("a", { generation: 1 });
  report("elsewhere", { generation: 1 });
  assert.equal(status(), "Realizing 1/2");
  report("b", { failure: "no room" });
  assert.equal(status(), "Failed 1/2");
  clock.ms = 9;
  report("b", { generation: 1 });
  assert.equal(status(), "Realized 2/2");
  assert.deepEqual(took, [5, 9]);
  computation.update((cluster) => cluster.setPolicy(policy(2)));
  assert.equal(status(), "Realizing 0/2");
  computation.update((cluster) => cluster.removePod({ namespace: "shop", name: "on-b" }));
  report("a", { generation: 2 });
  assert.equal(status(), "Realized 1/1");
});

test("statuses() does not take a Node's word of before it lost the policy", () => {
  const { computation, report, status } = world();
  for (const node of ["a", "b"]) report(node, { generation: 1 });
  computation.update((cluster) => cluster.removePod({ namespace: "shop", name: "on-b" }));
  assert.equal(status(), "Realized 1/1");
  computation.update((cluster) => cluster.setPod(pod("on-b", "b")));
  assert.equal(status(), "Realizing 1/2");
});

test("statuses() does not hold a failure of one generation against the next", () => {
  const { computation, report, status } = world();
  report("a", { failure: "no room" });
  assert.equal(status(), "Failed 0/2");
  computation.update((cluster) => cluster.setPolicy(policy(2)));
  assert.equal(status(), "Realizing 0/2");
});

test("statuses() forgets what a whole report of a Node does not have, and a policy that is gone", () => {
  const { computation, made, report, status } = world();
  report("a", { generation: 1 });
  report("b", { generation: 1 });
  made.take({ nodeName: "a", isWhole: true, policies: [] });
  assert.equal(status(), "Realizing 1/2");
  computation.update((cluster) => cluster.removePolicy(policy(1)));
  assert.equal(made.progress("u"), undefined);
});

test("statuses() says of a policy that selects no Pod that it is realized, for each generation of it", () => {
  const { computation, changed, report, status } = world();
  report("a", { generation: 1 });
  computation.update((cluster) => {
    for (const node of ["a", "b"]) cluster.removePod({ namespace: "shop", name: `on-${node}` });
  });
  assert.equal(status(), "Realized 0/0");
  changed.clear();
  computation.update((cluster) => cluster.setPolicy(policy(2)));
  assert.deepEqual([...changed, status()], ["u", "Realized 0/0"]);
  changed.clear();
  computation.update((cluster) => cluster.setPolicy({ ...policy(1), name: "other", uid: "new" }));
  assert.deepEqual([...changed], ["new"]);
  computation.update((cluster) => cluster.removePolicy(policy(2)));
  assert.deepEqual([...changed], ["new", "u"]);
});

test("statuses() is provisional until each Node of the span has told all, or it is waited for no longer", () => {
  const { made, took, changed, report } = world();
  const isProvisional = () => made.progress("u")?.isProvisional;
  report("a", { generation: 1 });
  assert.equal(isProvisional(), true, "part of what a Node has says nothing of the rest");
  report("a", { generation: 1 }, true);
  assert.deepEqual([isProvisional(), took], [true, [0]], "what is told first counts for no time");
  changed.clear();
  made.take({ nodeName: "b", isWhole: true, policies: [] });
  assert.deepEqual([isProvisional(), ...changed], [false, "u"]);

  const other = world();
  other.changed.clear();
  other.made.hearAll();
  assert.deepEqual([other.made.progress("u")?.isProvisional, ...other.changed], [false, "u"]);
});

test("policyStatus() says Pending of a policy that can be enforced for nobody, and why", () => {
  const { computation, made, status } = world();
  const spec = { ...policy(1).spec, appliedTo: [{ service: { namespace: "shop", name: "web" } }] };
  computation.update((cluster) => cluster.setPolicy({ ...policy(2), spec }));
  assert.equal(status(), "Pending 0/0");
  const progress = made.progress("u") ?? assert.fail("there is the policy");
  const { conditions } = policyStatus(progress, computation.problems("u"), undefined, new Date(0));
  assert.deepEqual(
    conditions?.map(({ type, status, message }) => `${type}=${status}: ${message}`),
    [
      "EnforcedAsWritten=False: spec.appliedTo[0]: Services are not supported; the policy is not enforced for it",
    ],
  );
});
