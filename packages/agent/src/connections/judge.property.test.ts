import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, ofPort } from "@antrea/net";
import { policyNode } from "@antrea/pipeline/testing";
import { policyComputation } from "@antrea/policy";
import { endpointAt, evaluate, formatPacket, type Packet } from "@antrea/policy/reference";
import {
  arbitraryCluster,
  arbitraryTraffics,
  packetsOf,
  search,
  tellChange,
  type ToldCluster,
} from "@antrea/policy/reference/testing";
import fc from "fast-check";
import type { LocalPod } from "../policy/local-pods.ts";
import { rulesOfNode } from "../policy/testing/rules-of-node.ts";
import { denialsOf } from "./judge.ts";
import type { LiveConnection } from "./live-connection.ts";
import type { StandingRules } from "./standing-rules.ts";

const node = "n1";

const isHere = (cluster: ToldCluster, address: IpAddress): boolean =>
  endpointAt(cluster, address).pod?.nodeName === node;

function podsOf({ pods }: ToldCluster): readonly LocalPod[] {
  return pods
    .filter((pod) => pod.nodeName === node && !pod.hostNetwork && !pod.isFinished)
    .map(({ namespace, name, ips, uid }, i) => ({
      ...{ hostName: uid, namespace, name, ofPort: ofPort(i + 1), addresses: ips },
    }));
}

/** The Node as the cluster has it; what its host sends comes from these addresses. */
function networkOf({ nodes }: ToldCluster) {
  const addresses = nodes.find(({ name }) => name === node)?.addresses ?? [];
  const gateway = {
    ...policyNode.gateway,
    addresses: addresses.map((address) => ({ address, prefixLength: 24 })),
  };
  return { ...policyNode, serviceCidrs: [], gateway };
}

const protocols = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** The connection that a first packet has become, as this Node's switch remembers it. */
function connectionOf(
  cluster: ToldCluster,
  { source, destination, traffic }: Packet,
): LiveConnection {
  const isOfNode = endpointAt(cluster, source).node?.name === node;
  const enteredBy = isHere(cluster, source) ? "pod" : isOfNode ? "gateway" : "tunnel";
  const ends = { source, destination, enteredBy } as const;
  if (traffic.protocol === "ICMP") {
    const icmp = { id: 1, type: traffic.icmpType, code: traffic.icmpCode };
    const protocol = source.includes(":") ? 58 : 1;
    return { ...ends, protocol, sourcePort: 0, destinationPort: 0, icmp };
  }
  assert.ok("destinationPort" in traffic);
  const { sourcePort, destinationPort } = traffic;
  return { ...ends, protocol: protocols[traffic.protocol], sourcePort, destinationPort };
}

/** The directions that deny, each with what it does; undefined where nothing orders two rules. */
function wantedOf(cluster: ToldCluster, packet: Packet): readonly string[] | undefined {
  const { egress, ingress } = evaluate(cluster, packet);
  const here = [
    ...(isHere(cluster, packet.source) ? [egress] : []),
    ...(isHere(cluster, packet.destination) ? [ingress] : []),
  ];
  if (here.some(({ tied }) => tied.length > 0)) return undefined;
  return here
    .filter(({ action }) => action !== "Allow")
    .map(({ direction, action }) => `${direction} ${action}`);
}

function judged(cluster: ToldCluster, packet: Packet, rules: StandingRules): readonly string[] {
  return denialsOf(connectionOf(cluster, packet), rules, networkOf(cluster)).map(
    ({ direction, action }) => `${direction} ${action}`,
  );
}

test("denialsOf() denies what the specifications would, after every change of the cluster", (t) => {
  const clusters = fc.array(arbitraryCluster, { minLength: 1, maxLength: 3 });
  let denied = 0;
  let allowed = 0;
  search(
    t,
    fc.property(clusters, arbitraryTraffics, (all, kinds) => {
      const computation = policyComputation();
      const rules = rulesOfNode(node);
      let before: ToldCluster | undefined;
      for (const cluster of all) {
        computation.update((update) => tellChange(update, cluster, before));
        before = cluster;
        rules.follow(computation, podsOf(cluster));
        const standing = rules.standing();
        for (const packet of packetsOf(cluster, kinds)) {
          const wanted =
            packet.source === packet.destination ? undefined : wantedOf(cluster, packet);
          if (!wanted) continue;
          assert.deepEqual(judged(cluster, packet, standing), wanted, formatPacket(packet));
          if (wanted.length > 0) denied++;
          else allowed++;
        }
      }
    }),
    60,
  );
  t.diagnostic(`${denied} denied, ${allowed} not`);
  assert.ok(denied > 0 && allowed > 0);
});
