import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { familyOf, type IpAddress } from "@antrea/net";
import { unixctl } from "@antrea/ovsdb/io";
import { podNumber, policyNode, policySwitch, type PolicySwitch } from "@antrea/pipeline/testing";
import { policyComputation } from "@antrea/policy";
import {
  endpointAt,
  evaluate,
  formatPacket,
  type Packet,
  type Verdict,
} from "@antrea/policy/reference";
import {
  arbitraryCluster,
  arbitraryTraffics,
  packetsOf,
  searchAsync,
  tellChange,
  type ToldCluster,
} from "@antrea/policy/reference/testing";
import fc from "fast-check";
import type { LocalPod } from "./local-pods.ts";
import { rulesOfNode } from "./testing/rules-of-node.ts";

/** The Node whose switch is real; the other's Pods are known by their addresses. */
const node = "n1";
const slots = [1, 2, 3].map(podNumber);
const slotOf = (address: IpAddress) => slots.find((one) => one.addresses.includes(address));

let bridge: PolicySwitch;
before(async () => {
  bridge = await policySwitch();
});
after(() => bridge?.[Symbol.asyncDispose]());

/** The cluster's Pods that the switch has ports for. */
function podsOf({ pods }: ToldCluster): readonly LocalPod[] {
  return pods.flatMap(({ namespace, name, nodeName, hostNetwork, isFinished, ips, uid }) => {
    const slot = ips[0] && slotOf(ips[0]);
    if (nodeName !== node || hostNetwork || isFinished || !slot) return [];
    return [{ hostName: uid, namespace, name, ofPort: slot.ofPort, addresses: ips }];
  });
}

/** Packets that begin on this Node and end at somebody who is there, or beyond. */
function sendable(cluster: ToldCluster, packets: readonly Packet[]): readonly Packet[] {
  const isHere = (one: IpAddress): boolean => endpointAt(cluster, one).pod?.nodeName === node;
  const isEmptyPort = (one: IpAddress): boolean => slotOf(one) !== undefined && !isHere(one);
  return packets.filter(
    ({ source, destination }) =>
      isHere(source) && source !== destination && !isEmptyPort(destination),
  );
}

/** A first packet in the words of ovs-fields(7). */
function traceText({ source, destination, traffic }: Packet): string {
  const six = familyOf(source) === "ipv6" ? "6" : "";
  const [src, dst] = six ? ["ipv6_src", "ipv6_dst"] : ["nw_src", "nw_dst"];
  const from = slotOf(source) ?? assert.fail(`${source} has a port`);
  const ends = [
    `in_port=${from.ofPort},eth_src=${from.mac},eth_dst=${policyNode.gateway.mac}`,
    `${src}=${source},${dst}=${destination},nw_ttl=64`,
  ].join();
  if ("destinationPort" in traffic) {
    const name = traffic.protocol.toLowerCase();
    const { sourcePort, destinationPort } = traffic;
    return `${name}${six},${ends},${name}_src=${sourcePort},${name}_dst=${destinationPort}`;
  }
  assert.ok(traffic.protocol === "ICMP");
  const icmp = six ? "icmpv6" : "icmp";
  return `icmp${six},${ends},${icmp}_type=${traffic.icmpType},${icmp}_code=${traffic.icmpCode}`;
}

async function traced(packets: readonly Packet[]): Promise<readonly string[]> {
  const control = unixctl(join(bridge.ovs.runDir, "vswitchd.ctl"));
  const commands = packets.map((one) => ["ofproto/trace", "br-int", traceText(one)] as const);
  return control.callAll(commands, { signal: AbortSignal.timeout(60_000) });
}

/** Whether a trace ends at a port, and not with nothing or with a question to the agent. */
function leaves(trace: string): boolean {
  const actions = [...trace.matchAll(/^Datapath actions: (.*)$/gm)].at(-1)?.[1] ?? "";
  return actions !== "drop" && !actions.includes("userspace");
}

/** What is denied at the far end is denied there, by the switch of its Node. */
function isSent(cluster: ToldCluster, { packet, egress, isDelivered }: Verdict): boolean {
  const isLocal = endpointAt(cluster, packet.destination).pod?.nodeName === node;
  return isLocal ? isDelivered : egress.action === "Allow";
}

test("the switch does what the specifications say, after every change of the cluster", async (t) => {
  const counts = { sent: 0, denied: 0 };
  const clusters = fc.array(arbitraryCluster, { minLength: 1, maxLength: 3 });
  const property = fc.asyncProperty(clusters, arbitraryTraffics, async (all, kinds) => {
    const computation = policyComputation();
    const rules = rulesOfNode(node);
    let last: ToldCluster | undefined;
    for (const cluster of all) {
      computation.update((update) => tellChange(update, cluster, last));
      last = cluster;
      rules.follow(computation, podsOf(cluster));
      await bridge.hold(rules.flows());
      const packets = sendable(cluster, packetsOf(cluster, kinds));
      const traces = await traced(packets);
      for (const [i, packet] of packets.entries()) {
        const verdict = evaluate(cluster, packet);
        if (verdict.egress.tied.length + verdict.ingress.tied.length > 0) continue;
        const trace = traces[i] ?? "";
        const isWanted = isSent(cluster, verdict);
        assert.equal(leaves(trace), isWanted, `${formatPacket(packet)}\n${trace}`);
        counts[isWanted ? "sent" : "denied"]++;
      }
    }
  });
  await searchAsync(t, property, 15);
  t.diagnostic(`${counts.sent} packets sent, ${counts.denied} denied`);
  assert.ok(counts.sent > 0 && counts.denied > 0);
});
