/**
 * The floor that the product is held against: two hosts with nothing but Open vSwitch, of the same
 * kind as a Node's (user space, ordinary ports): a bridge that switches (NORMAL) with a Geneve port,
 * and a bridge that carries the host's address, over which the tunnel leaves. Nothing of it is a choice
 * of ours: it is what guides on the Internet do.
 */

export interface FloorPod {
  readonly port: string;
  readonly address: string;
}

export interface FloorHostPlan {
  readonly number: 1 | 2;
  readonly underlay: string;
  readonly remote: string;
  readonly pods: readonly FloorPod[];
}

/** What a tunnel leaves of 1500 bytes, as the product has it too. */
export const tunnelMtu = 1450;

export const floorHosts: readonly FloorHostPlan[] = ([1, 2] as const).map((number) => ({
  number,
  underlay: `192.168.250.${number}`,
  remote: `192.168.250.${3 - number}`,
  pods: Array.from({ length: number === 1 ? 2 : 1 }, (_, i) => ({
    port: `pod${i + 1}`,
    address: `10.250.${number}.${i + 1}`,
  })),
}));

/** Arguments of ovs-vsctl(8) that make both bridges in one transaction. */
export function bridgeCommands(
  { remote, pods }: FloorHostPlan,
  idlePorts: readonly string[],
): readonly string[] {
  const ports = [...pods.map(({ port }) => port), ...idlePorts];
  return [
    ...["add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev"],
    ...["--", "add-br", "br-phy", "--", "set", "bridge", "br-phy", "datapath_type=netdev"],
    ...["--", "add-port", "br-phy", "uplink"],
    ...["--", "add-port", "br-int", "tunnel"],
    ...["--", "set", "interface", "tunnel", "type=geneve", `options:remote_ip=${remote}`],
    ...ports.flatMap((port) => ["--", "add-port", "br-int", port]),
  ];
}

/** The kernel must not answer what the bridge reads from the uplink: it has no socket for tunnels. */
export const uplinkGuard = `table netdev floor {
  chain uplink {
    type filter hook ingress device "uplink" priority 0; policy drop;
  }
}
`;

/** Names of ports that carry nothing: each costs polling time, so both sides have as many. */
export function idlePortNames(count: number): readonly string[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => `idle${i + 1}`);
}
