import { cidrOf, ipFromBigInt, ofPort } from "@antrea/net";
import {
  compileIsolation,
  compilePolicyRule,
  type PolicyFlowRule,
  ruleIds,
} from "@antrea/pipeline";
import { podNumber, policyRule, policySwitch } from "@antrea/pipeline/testing";
import { flowRealizer } from "../bridge/flow-realizer.ts";

/*
 * What policies cost a Node on a real switch: rules compiled, merged and confirmed by Open vSwitch, and
 * what one more address costs then. `node packages/agent/src/bench/policy-flows.ts`
 */

const families = { families: ["ipv4", "ipv6"] } as const;
const address = (n: number) => ipFromBigInt(0x0a800000n + BigInt(n), "ipv4");
const pods = Array.from({ length: 100 }, (_, i) => ({
  ...podNumber(1),
  ofPort: ofPort(i + 100),
  addresses: [address(100_000 + i)],
}));

await using bridge = await policySwitch();
let sent = 0;
const flows = flowRealizer({
  dumpFlows: async () => (await bridge.connection.dumpFlows()).map(({ flow }) => flow),
  async applyFlows(change) {
    sent += change.add.length + change.modify.length + change.remove.length;
    await bridge.connection.apply({ flows: change });
  },
});

async function timed(what: string, rules: readonly PolicyFlowRule[]): Promise<void> {
  sent = 0;
  const cpu = process.cpuUsage();
  const before = performance.now();
  const compiled = rules.map((rule) => [rule.owner, compilePolicyRule(rule, families)] as const);
  const compiledMs = performance.now() - before;
  await Promise.all(compiled.map(([owner, wanted]) => flows.realize(owner, wanted)));
  const all = performance.now() - before;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${what}: ${Math.round(all)} ms, of which compiling ${Math.round(compiledMs)}; ${Math.round((user + system) / 1000)} ms of this process's CPU; ${sent} flow-mods`,
  );
}

const ids = ruleIds();
const rule = (n: number, choice: Partial<PolicyFlowRule>): PolicyFlowRule => {
  const owner = `policy:bench-${n}`;
  const { ofPort: port, addresses } = pods[n % pods.length] ?? podNumber(1);
  return policyRule({
    owner,
    id: ids.idOf(owner),
    appliedTo: [{ ofPort: port, addresses }],
    ...choice,
  });
};
const peer = (count: number, from: number) => ({
  addresses: [],
  ipBlocks: Array.from({ length: count }, (_, i) => ({
    cidr: cidrOf(address(from + i), 32),
    except: [],
  })),
});

await bridge.hold(compileIsolation("In", pods));
const kubernetes = Array.from({ length: 10_000 }, (_, n) =>
  rule(n, { stage: "kubernetes", peer: peer(1, n), services: [{ protocol: "TCP", port: 80 }] }),
);
await timed("10,000 rules of Kubernetes", kubernetes);
await timed("one more", [
  rule(10_001, {
    stage: "kubernetes",
    peer: peer(1, 50_000),
    services: [{ protocol: "TCP", port: 80 }],
  }),
]);
const before = performance.now();
await Promise.all(kubernetes.map(({ owner }) => flows.release(owner)));
console.log(`10,000 rules taken away: ${Math.round(performance.now() - before)} ms`);
const wide = (count: number) => [
  rule(20_000, {
    priority: 5000,
    action: "Drop",
    peer: peer(count, 0),
    services: [{ protocol: "TCP", port: 80 }],
  }),
];
await timed("one rule of 15,000 networks", wide(15_000));
await timed("one network more", wide(15_001));
