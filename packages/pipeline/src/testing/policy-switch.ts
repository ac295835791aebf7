import assert from "node:assert/strict";
import { type OfPort, ofPort } from "@antrea/net";
import type { SwitchConnection } from "@antrea/openflow";
import * as of from "@antrea/openflow/flow";
import { connectInTest, type Ovs, startOvs } from "@antrea/openflow/testing";
import { compileNode } from "../features/node-connectivity.ts";
import { compilePeer } from "../features/peer-connectivity.ts";
import { compilePod } from "../features/pod-connectivity.ts";
import { switchMeters } from "../meters.ts";
import type { NodeNetwork, PodAttachment } from "../network.ts";
import type { PolicyPod } from "../policy/rule.ts";
import { byTunnel, cidr, ip, mac, node, peer } from "./network.ts";

/** Pod `n` of the Node, at port n: 10.244.1.(n+1) and fd00:10:244:1::(n+1). */
export function podNumber(n: number): PodAttachment & PolicyPod {
  return {
    key: `shop/pod-${n}`,
    ofPort: ofPort(n),
    mac: mac(`0a:00:00:00:00:0${n}`),
    addresses: [ip(`10.244.1.${n + 1}`), ip(`fd00:10:244:1::${n + 1}`)],
  };
}

export const policyNode: NodeNetwork = {
  ...node({ pods: ["ipv4", "ipv6"], uplink: false }),
  serviceCidrs: [cidr("10.96.0.0/12"), cidr("fd00:10:96::/112")],
};

/** One packet in the words of `ovs-dpctl`, or its bytes. */
export type Packet = string;

/** A switch with the flows of a Node, three Pods and the peer node-2, whose ports are dummies. */
export interface PolicySwitch extends AsyncDisposable {
  readonly ovs: Ovs;
  readonly connection: SwitchConnection;
  /** Has exactly these flows besides those of the Node. */
  hold(flows: readonly of.Flow[]): Promise<void>;
  /** What a restarted agent would change of it to have these flows. */
  changesTo(flows: readonly of.Flow[]): Promise<of.FlowChange>;
  /** Sends a packet into a port; gives the ports that it left by. */
  send(from: OfPort, packet: Packet): Promise<readonly OfPort[]>;
  sendAll(from: OfPort, packets: readonly Packet[]): Promise<readonly OfPort[]>;
  trace(flow: string): Promise<string>;
}

const bridge = "br-int";
const ports: readonly OfPort[] = [1, 2, 3, policyNode.gateway.ofPort, 32768].map(ofPort);

export async function policySwitch(): Promise<PolicySwitch> {
  const ovs = await startOvs();
  await ovs.addBridge(bridge);
  for (const port of ports)
    await ovs.vsctl(
      ...["add-port", bridge, `p${port}`, "--", "set", "interface", `p${port}`],
      ...["type=dummy", `ofport_request=${port}`],
    );
  const connection = await connectInTest(ovs.mgmtSocket(bridge));
  await connection.apply({ meters: of.diffMeters([], switchMeters) });
  const pods = [1, 2, 3].map(podNumber);
  const base = [
    ...compileNode(policyNode),
    ...pods.flatMap((pod) => compilePod(pod, policyNode)),
    ...compilePeer(peer(byTunnel, { pods: ["ipv4", "ipv6"] }), policyNode),
  ];

  const changesTo = async (flows: readonly of.Flow[]): Promise<of.FlowChange> => {
    const existing = (await connection.dumpFlows())
      .map(({ flow }) => flow)
      .filter(({ idleTimeoutS }) => idleTimeoutS === 0);
    return of.diffFlows(existing, [...base, ...flows]);
  };
  const counts = async (): Promise<readonly number[]> => {
    const text = await ovs.ofctl("dump-ports", bridge);
    return ports.map((port) =>
      Number(new RegExp(`port\\s+"?p?${port}"?: rx.*\\n\\s+tx pkts=(\\d+)`).exec(text)?.[1] ?? NaN),
    );
  };
  const sendAll: PolicySwitch["sendAll"] = async (from, packets) => {
    const before = await counts();
    for (const packet of packets)
      await ovs.appctl("netdev-dummy/receive", `p${from}`, ...packet.split(" "));
    await quiet(ovs);
    const after = await counts();
    return ports.flatMap((port, i) =>
      Array.from({ length: (after[i] as number) - (before[i] as number) }, () => port),
    );
  };

  return {
    ovs,
    connection,
    async hold(flows) {
      await connection.apply({ flows: await changesTo(flows) });
      await ovs.appctl("revalidator/purge"); // on a busy machine the datapath goes by the flows before for a while
    },
    changesTo,
    send: (from, packet) => sendAll(from, [packet]),
    sendAll,
    trace: (flow) => ovs.appctl("ofproto/trace", bridge, flow),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await ovs.stop();
    },
  };
}

/** A dummy's packets are taken in by the main thread, which answers the second of these behind them. */
async function quiet(ovs: Ovs): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const text = await ovs.appctl("dpif-netdev/pmd-stats-show");
    assert.match(text, /packets received/);
  }
}
