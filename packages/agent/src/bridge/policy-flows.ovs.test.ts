import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { cidrOf, ipFromBigInt, ofPort } from "@antrea/net";
import { compilePolicyRule, type PolicyFlowRule, ruleIds } from "@antrea/pipeline";
import { podNumber, policyRule, type PolicySwitch, policySwitch } from "@antrea/pipeline/testing";
import { flowRealizer } from "./flow-realizer.ts";

const families = { families: ["ipv4", "ipv6"] } as const;
const address = (n: number) => ipFromBigInt(0x0a800000n + BigInt(n), "ipv4");
const tcp80 = [{ protocol: "TCP", port: 80 }] as const;

let bridge: PolicySwitch;
before(async () => {
  bridge = await policySwitch();
  await bridge.hold([]);
});
after(() => bridge?.[Symbol.asyncDispose]());

/** The agent's realizer on the switch, and how many flow-mods it sent since it was last asked. */
function counted() {
  let sent = 0;
  const flows = flowRealizer({
    dumpFlows: async () => (await bridge.connection.dumpFlows()).map(({ flow }) => flow),
    async applyFlows(change) {
      sent += change.add.length + change.modify.length + change.remove.length;
      await bridge.connection.apply({ flows: change });
    },
  });
  const realize = async (rules: readonly PolicyFlowRule[]): Promise<number> => {
    sent = 0;
    await Promise.all(rules.map((r) => flows.realize(r.owner, compilePolicyRule(r, families))));
    return sent;
  };
  return { flows, realize };
}

async function timed(t: TestContext, what: string, work: () => Promise<unknown>): Promise<void> {
  const { user, system } = process.cpuUsage();
  const start = performance.now();
  await work();
  const spent = process.cpuUsage();
  const cpuMs = Math.round((spent.user - user + spent.system - system) / 1000);
  t.diagnostic(
    `${what}: ${Math.round(performance.now() - start)} ms, ${cpuMs} ms of the agent's CPU`,
  );
}

const ids = ruleIds();
function rule(n: number, choice: Partial<PolicyFlowRule>): PolicyFlowRule {
  const owner = `policy:many-${n}`;
  const pod = { ...podNumber(1), ofPort: ofPort(100 + (n % 100)) };
  return policyRule({ owner, id: ids.idOf(owner), appliedTo: [pod], services: tcp80, ...choice });
}
const peers = (count: number, first = 0) => ({
  addresses: [],
  ipBlocks: Array.from({ length: count }, (_, i) => ({
    cidr: cidrOf(address(first + i), 32),
    except: [],
  })),
});

test("10,000 rules that share their clauses come and go, and one more sends nine flows", async (t) => {
  const { flows, realize } = counted();
  const many = Array.from({ length: 10_000 }, (_, n) =>
    rule(n, { stage: "kubernetes", peer: peers(1, n) }),
  );
  let sent = 0;
  await timed(t, "10,000 rules", async () => (sent = await realize(many)));
  assert.ok(sent < many.length * 5, `${sent} flow-mods`);
  assert.ok((await realize([rule(10_000, { stage: "kubernetes", peer: peers(1, 50_000) })])) <= 9);
  assert.equal(await realize(many), 0, "as it is");
  await timed(t, "taken away", () => Promise.all(many.map(({ owner }) => flows.release(owner))));
});

test("one rule of 15,000 networks: one network more sends one flow", async (t) => {
  const { realize } = counted();
  const wide = (count: number) => [
    rule(20_000, { priority: 5000, action: "Drop", peer: peers(count) }),
  ];
  await timed(t, "15,000 networks", () => realize(wide(15_000)));
  assert.equal(await realize(wide(15_001)), 1);
});
