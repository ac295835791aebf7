import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { type Lab, patience } from "@antrea/lab";
import { type Attacker, datagramsIn, startAttacker } from "./attack.ts";
import { containerPid, eventually, ping, podNetns, startPods } from "./cluster.ts";

/**
 * Two Nodes whose Pods are attacked all the time. `victim` is isolated by a policy of Kubernetes' own that
 * lets in who has the role `friend`; no Pod with the role `attacker` may send to `target`, by a cluster
 * policy. `near` and `far`, one on each Node, attack both, and `open`, whom everybody may send to.
 */
const pods = [
  { name: "victim", node: "node-1" },
  { name: "open", node: "node-1" },
  { name: "near", node: "node-1", labels: { role: "attacker" } },
  { name: "target", node: "node-2" },
  { name: "far", node: "node-2", labels: { role: "attacker" } },
  { name: "friend", node: "node-2", labels: { role: "friend" } },
  { name: "late", node: "node-2", labels: { role: "nobody" } },
] as const;
type PodName = (typeof pods)[number]["name"];

export const nodes = ["node-1", "node-2"] as const;

/** Who has one of these roles may send to the victim. */
export const toVictim = (...roles: readonly string[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "to-victim", namespace: "default" },
  spec: {
    podSelector: { matchLabels: { app: "victim" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          {
            podSelector: {
              matchExpressions: [{ key: "role", operator: "In", values: [...roles] }],
            },
          },
        ],
      },
    ],
  },
});

const fromAttackers = {
  apiVersion: "crd.antrea.io/v1beta1",
  kind: "ClusterNetworkPolicy",
  metadata: { name: "from-attackers" },
  spec: {
    priority: 5,
    tier: "securityops",
    appliedTo: [{ podSelector: { matchLabels: { role: "attacker" } } }],
    egress: [{ action: "Drop", to: [{ podSelector: { matchLabels: { app: "target" } } }] }],
  },
};

export interface Siege extends AsyncDisposable {
  address(pod: PodName): string;
  /** Datagrams that victim and target got, who may get none of an attacker. */
  leaked(): number;
  /** Those that `open` got. */
  reached(): number;
  /** Datagrams that each attacker has sent so far to each who is attacked: those that its own stack took. */
  sent(): Promise<{ readonly near: number; readonly far: number }>;
  /** Starts one more attacker, who has no aim yet. */
  attackFrom(pod: PodName, node: string): Promise<Attacker>;
  /**
   * Does `work` under attack. Fails unless afterwards the friend reaches the victim, the attack still
   * reaches who is open, and it reached nobody else.
   */
  hold(t: TestContext, work: () => Promise<unknown>): Promise<void>;
}

/** Starts Pods, policies and the attack; resolves once the policies hold. */
export async function besiege(lab: Lab): Promise<Siege> {
  const addresses = await startPods(lab, pods);
  const address = (pod: PodName) => addresses.get(pod) ?? assert.fail(`${pod} has an address`);
  const pids = new Map<PodName, string>();
  for (const { name, node } of pods)
    pids.set(name, await containerPid(lab, node, { pod: name, container: name }));
  const received = (pod: PodName): number =>
    datagramsIn(readFileSync(`/proc/${pids.get(pod)}/net/snmp`, "utf8"));
  const leakedBy = () => ({ victim: received("victim"), target: received("target") });
  const leaked = () => Object.values(leakedBy()).reduce((sum, count) => sum + count);

  await lab.apply([toVictim("friend"), fromAttackers]);
  for (const from of ["near", "far"])
    for (const to of ["victim", "target"] as const)
      await eventually(`${from} does not reach ${to}`, async () => {
        return (await ping(lab, from, address(to), { count: 1 })) === 0;
      });
  const attackFrom = async (pod: PodName, node: string): Promise<Attacker> =>
    startAttacker(await podNetns(lab, node, { pod, container: pod }), { perMs: 1 });
  const attackers = [await attackFrom("near", "node-1"), await attackFrom("far", "node-2")];
  const aims = (["victim", "target", "open"] as const).map(address);
  const sent = async () => {
    const [near = 0, far = 0] = await Promise.all(attackers.map((one) => one.aim(aims)));
    return { near: Math.round(near / aims.length), far: Math.round(far / aims.length) };
  };

  async function isAsItWas(): Promise<void> {
    await eventually("the friend reaches the victim", async () => {
      return (await ping(lab, "friend", address("victim"), { count: 1 })) === 1;
    });
    const before = received("open");
    await eventually(
      "the attack reaches who is open",
      () => received("open") > before + 500 / patience(),
    );
  }

  await sent();
  await isAsItWas();
  return {
    address,
    leaked,
    reached: () => received("open"),
    sent,
    attackFrom,
    async hold(t, work) {
      const before = { leaked: leakedBy(), sent: await sent(), at: performance.now() };
      await work();
      await isAsItWas();
      const { near, far } = await sent();
      const tried = `${near - before.sent.near} and ${far - before.sent.far}`;
      const tookMs = Math.round(performance.now() - before.at);
      t.diagnostic(`${tookMs} ms, ${tried} datagrams to each of two who may get none`);
      assert.deepEqual(leakedBy(), before.leaked, "datagrams that were denied came");
    },
    async [Symbol.asyncDispose]() {
      for (const one of attackers) await one[Symbol.asyncDispose]();
    },
  };
}
