import { findTunnelForm } from "@antrea/api";
import type { NodePath, PathRow, PeerPath } from "@antrea/api/local-api";
import type { Replica } from "@antrea/ovsdb";
import { mtuTo } from "@antrea/pipeline";
import { tunnelPortsOf } from "../bridge/bridge-setup.ts";
import type { TunnelPorts } from "../bridge/desired-bridge.ts";
import type { NodeNow } from "../node/node-now.ts";
import type { ThisNode } from "../node/this-node.ts";
import type { PathHistory } from "../paths/path-history.ts";
import type { PathRoom } from "../paths/path-room.ts";
import { type PeerStatus, pathReason } from "../routes/reconciler.ts";

interface PeerDeps {
  readonly now: () => NodeNow;
  readonly peers: () => Iterable<PeerStatus>;
}

/** How each Node is reached, this one first. */
export function nodePaths({
  now,
  peers,
  replica,
}: PeerDeps & { readonly replica: Replica }): NodePath[] {
  const { node } = now();
  const { view, transport, mtu } = node;
  const transportIP = transport.addresses[0]?.address;
  const own: NodePath = {
    name: view.name,
    podCIDRs: view.podCidrs,
    path: { kind: "local", reason: "this Node" },
    mtu: mtu.direct,
    ...(transportIP === undefined ? {} : { transportIP }),
  };
  const ports = tunnelPortsOf(replica);
  return [own, ...[...peers()].map((status) => nodePath(status, node, ports))];
}

function nodePath(status: PeerStatus, { mtu }: ThisNode, ports: TunnelPorts): NodePath {
  const { identity, path, nextHops, form, device } = status.plan;
  const tunnelForm = path.kind === "tunnel" ? findTunnelForm(form) : undefined;
  const tunnel = tunnelForm && ports.get(tunnelForm);
  const [nextHop] = nextHops;
  const transportIP = identity.transport[0]?.address;
  return {
    name: identity.name,
    podCIDRs: identity.podCidrs,
    path: peerPath(status),
    mtu: mtuTo(path, mtu),
    ...(transportIP === undefined ? {} : { transportIP }),
    ...(tunnel ? { device: tunnel } : {}),
    ...(path.kind === "direct" ? { device } : {}),
    ...(nextHop ? { nextHop: nextHop.address } : {}),
    ...(identity.providerId === undefined ? {} : { providerID: identity.providerId }),
  };
}

/** The same with what probes find. */
export function pathRows({
  now,
  peers,
  paths,
}: PeerDeps & {
  readonly paths: Pick<PathRoom, "measured"> & Pick<PathHistory, "sinceOf">;
}): PathRow[] {
  const own: PathRow = { name: now().node.view.name, path: "local", reason: "this Node" };
  const rows = [...peers()].map((status): PathRow => {
    const { identity, path } = status.plan;
    const since = paths.sinceOf(identity.name)?.toISOString();
    const { latencyMs, loss, mtu } = paths.measured(identity.name) ?? {};
    return {
      name: identity.name,
      path: path.kind,
      reason: pathReason(status),
      ...(since === undefined ? {} : { since }),
      ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs * 100) / 100 }),
      ...(loss === undefined ? {} : { lossPercent: Math.round(loss * 1000) / 10 }),
      ...(mtu === undefined ? {} : { mtu }),
    };
  });
  return [own, ...rows];
}

/** The path in the words of the API, with what it is waiting for. */
export function peerPath(status: PeerStatus): PeerPath {
  return { ...status.plan.path, reason: pathReason(status) };
}
