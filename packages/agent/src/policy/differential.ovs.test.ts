import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { familyOf, type IpAddress } from "@antrea/net";
import { unixctl } from "@antrea/ovsdb/io";
import { tables } from "@antrea/pipeline";
import { policyNode, policySwitch, type PolicySwitch } from "@antrea/pipeline/testing";
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
import { packetText, slotOf } from "./testing/packet-text.ts";
import { rulesOfNode } from "./testing/rules-of-node.ts";

/** The Node whose switch is real; the other's Pods are known by their addresses. */
const node = "n1";

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

/** Whether each packet leaves the switch, in the order of the packets. */
type Ask = (packets: readonly Packet[]) => Promise<readonly { leaves: boolean; why: string }[]>;

const byTrace: Ask = async (packets) =>
  (await traced(packets)).map((trace) => ({ leaves: leaves(trace), why: trace }));

/** By the datapath, with its connection tracking, which forgets every connection before the next. */
const byPackets: Ask = async (packets) => {
  const answers = [];
  for (const packet of packets) {
    await forgetConnections(packet);
    const from = slotOf(packet.source) ?? assert.fail();
    const left = await bridge.send(from.ofPort, packetText(packet) ?? assert.fail());
    answers.push({ leaves: left.length > 0, why: `left by ${left.join()}` });
  }
  return answers;
};

/** Of SCTP the switch keeps notes of its own: with equal ports a packet may be the answer to the one before. */
async function forgetConnections({ traffic }: Packet): Promise<void> {
  await bridge.ovs.appctl("dpctl/flush-conntrack");
  if (traffic.protocol !== "SCTP") return;
  for (const kind of ["sctp", "sctp6"])
    await bridge.ovs.ofctl("del-flows", "br-int", `table=${tables.SctpReplies.id},${kind}`);
  await bridge.ovs.appctl("revalidator/purge");
}

/** Counts what was compared, for whoever wants to know that something was. */
interface Counts {
  sent: number;
  denied: number;
}

/** Makes clusters follow each other, and holds what becomes of packets against the reference after each. */
function comparison(
  ask: Ask,
  choose: (packets: readonly Packet[]) => readonly Packet[],
  counts: Counts,
) {
  const clusters = fc.array(arbitraryCluster, { minLength: 1, maxLength: 3 });
  return fc.asyncProperty(clusters, arbitraryTraffics, async (all, kinds) => {
    const computation = policyComputation();
    const rules = rulesOfNode(node);
    let last: ToldCluster | undefined;
    for (const cluster of all) {
      computation.update((update) => tellChange(update, cluster, last));
      last = cluster;
      rules.follow(computation, podsOf(cluster));
      await bridge.hold(rules.flows());
      const packets = choose(sendable(cluster, packetsOf(cluster, kinds)));
      const answers = await ask(packets);
      for (const [i, packet] of packets.entries()) {
        const verdict = evaluate(cluster, packet);
        if (verdict.egress.tied.length + verdict.ingress.tied.length > 0) continue;
        const isWanted = isSent(cluster, verdict);
        assert.equal(answers[i]?.leaves, isWanted, `${formatPacket(packet)}\n${answers[i]?.why}`);
        counts[isWanted ? "sent" : "denied"]++;
      }
    }
  });
}

async function compare(
  t: TestContext,
  property: ReturnType<typeof comparison>,
  runs: number,
  counts: Counts,
) {
  await searchAsync(t, property, runs);
  t.diagnostic(`${counts.sent} packets sent, ${counts.denied} denied`);
  assert.ok(counts.sent + counts.denied > 0); // few clusters at random may have nothing but the one or the other
}

test("the switch's flows do what the specifications say, after every change of the cluster", async (t) => {
  const counts = { sent: 0, denied: 0 };
  await compare(
    t,
    comparison(byTrace, (packets) => packets, counts),
    15,
    counts,
  );
});

test("the switch's datapath does with packets what the specifications say", async (t) => {
  const counts = { sent: 0, denied: 0 };
  const some = (packets: readonly Packet[]): readonly Packet[] =>
    packets.filter(({ traffic }) => "destinationPort" in traffic).filter((_, i) => i % 4 === 0);
  await compare(t, comparison(byPackets, some, counts), 8, counts);
});
