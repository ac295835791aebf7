import { randomBytes } from "node:crypto";
import { settingsText } from "@antrea/api";
import { errorText } from "@antrea/base";
import type { DesiredState } from "@antrea/ovsdb";
import { compileNode, nodeOwner, type PathMtu } from "@antrea/pipeline";
import { settingsOf, type Stance } from "@antrea/pipeline/mode";
import { reopenBridge } from "../bridge/open-bridge.ts";
import { discoverLinks } from "../node/discovery.ts";
import { nodeNow } from "../node/node-now.ts";
import { nodeAs, stanceToTake, type ThisNode, transportsOf } from "../node/this-node.ts";
import type { Ground } from "./ground.ts";
import type { Rooms } from "./rooms.ts";

/** Makes this Node send and take traffic by another stance; resolves once its switch and its kernel have confirmed it. */
export async function takeStance(
  ground: Ground,
  { peers, pods, policies, publisher }: Rooms,
  next: Stance,
  signal: AbortSignal,
): Promise<void> {
  const { host, ovsdb, tunnelRoutes, flows, now, log } = ground;
  const before = now().node;
  const observed = await host.observe();
  const stance = stanceToTake(next, observed, before.view);
  const links = discoverLinks(observed, before.view, settingsOf(stance));
  const wanted = nodeAs(before, stance, links);
  const settle = (bridge: DesiredState) => pods.settleBridge(bridge, { signal });
  const opened = await reopenBridge(ovsdb.replica, wanted, { settle, randomBytes, signal });
  ground.become(nodeNow(wanted, opened));
  await tunnelRoutes.realize(nodeOwner, now().tunnelEnds);
  // the host refuses what is larger than its routes say: Pods send less before it does, and more after
  if (!sendsMore(before.mtu, wanted.mtu)) await pods.settleMtu();
  await Promise.all([
    flows.realize(nodeOwner, compileNode(now().network)),
    peers.realizeHost(),
    policies.guard.refresh(),
  ]);
  await peers.tryAll({ signal });
  await pods.settleMtu();
  giveBack(ground, before);
  log.info("Sends and takes traffic anew", {
    change: next.change,
    step: next.step,
    sends: next.preferred.map(settingsText),
    takes: next.accepted.map(settingsText),
  });
  publisher.changed();
}

function sendsMore(before: PathMtu, after: PathMtu): boolean {
  return after.direct > before.direct || after.far > before.far;
}

/** The links in force. */
export function devicesOf(node: ThisNode): readonly string[] {
  return transportsOf(node).map(({ device }) => device);
}

/** A link that the bridge reads no more joins segments again, as the kernel likes it. */
function giveBack({ host, now, log }: Ground, before: ThisNode): void {
  if (!before.isUplinkShared) return;
  const kept = devicesOf(now().node);
  for (const device of devicesOf(before))
    try {
      if (!kept.includes(device)) host.setOffload(device, { gro: true });
    } catch (error) {
      log.warn("Could not give a link back its offloads", { device, err: errorText(error) });
    }
}
