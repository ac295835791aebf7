import assert from "node:assert/strict";
import { test } from "node:test";
import { policyComputation } from "../computation/computation.ts";
import { evaluate } from "./evaluate.ts";
import { interpret, ip, situationCluster, situations, tellChange } from "./testing/index.ts";

const addresses = {
  red: ip("10.244.1.2"),
  green: ip("10.244.1.3"),
  blue: ip("10.244.1.4"),
  yellow: ip("10.244.1.5"),
};

for (const situation of situations)
  test(`evaluate() and policyComputation(): ${situation.title}`, () => {
    const cluster = situationCluster(situation, addresses);
    const computation = policyComputation();
    computation.update((update) => tellChange(update, cluster));
    for (const { from, to, protocol, port, isDelivered } of situation.probes) {
      const packet = {
        source: addresses[from],
        destination: addresses[to],
        traffic: { protocol, sourcePort: 40_000, destinationPort: port },
      };
      const computed = (["Out", "In"] as const).map(
        (direction) => interpret(computation, cluster, packet, direction).action,
      );
      const probe = `${from}>${to} ${protocol}:${port}`;
      assert.equal(evaluate(cluster, packet).isDelivered, isDelivered, probe);
      assert.equal(
        computed.every((action) => action === "Allow"),
        isDelivered,
        probe,
      );
    }
  });
