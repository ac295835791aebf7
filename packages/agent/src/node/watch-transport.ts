import type { NodeView } from "@antrea/api";
import { abortable, type Clock, errorText, type Logger } from "@antrea/base";
import { formatInterfaceAddress } from "@antrea/net";
import type { ObservedHost } from "@antrea/linux";
import { settingsOf } from "@antrea/pipeline/mode";
import { discoverLinks } from "./discovery.ts";
import type { ThisNode } from "./this-node.ts";

export interface WatchTransportDeps {
  /** This Node as it is meant to be now: its links change with the settings. */
  readonly node: () => Pick<ThisNode, "stance" | "view" | "links">;
  /** This Node as the API server has it now. */
  readonly latest: () => NodeView | undefined;
  readonly observe: () => Promise<ObservedHost>;
  /** Calls back when the link, an address or the Node's object may have changed, until the signal. */
  readonly follow: (onChange: () => void, signal: AbortSignal) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long after something changed the link is looked at, and how long between two looks, in milliseconds. */
const tickMs = 2_000;

/**
 * Rejects once a link to other Nodes is no more the one that everything here was built on: the
 * program ends, and the next one starts from what is there, by way of a diff. A difference must be
 * seen twice: who replaces an address takes the old one away first, or adds the new one first. While
 * no such link can be found at all, everything stays as it is, since nothing better is known.
 */
export async function watchTransport(
  { node, latest, observe, follow, clock, log }: WatchTransportDeps,
  signal: AbortSignal,
): Promise<void> {
  let seen = textOf(node().links);
  let lost: string | undefined;
  let change = Promise.withResolvers<void>();
  follow(() => change.resolve(), signal);
  change.resolve(); // it may have changed before that
  while (!signal.aborted) {
    if (seen === textOf(node().links)) await abortable(change.promise, signal).catch(() => {});
    change = Promise.withResolvers();
    await clock.sleep(tickMs, { signal }).catch(() => {});
    if (signal.aborted) return;
    const { view, stance, links } = node();
    const built = textOf(links);
    try {
      const settings = settingsOf(stance);
      const now = textOf(discoverLinks(await observe(), latest() ?? view, settings));
      lost = undefined;
      if (now !== built && now === seen) throw new TransportChanged(built, now);
      seen = now;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TransportChanged) throw error;
      const problem = errorText(error);
      if (problem !== lost)
        log.warn("The transport interface is not to be found, going on as before", {
          err: problem,
        });
      lost = problem;
      seen = built;
    }
  }
}

/** What this agent was built on has changed under it. */
export class TransportChanged extends Error {
  override readonly name = "TransportChanged";
  constructor(before: string, after: string) {
    super(`The transport interface of this Node changed from ${before} to ${after}`);
  }
}

/** All of it but the MTU, by which Pods that run are not changed. */
function textOf(links: ThisNode["links"]): string {
  const texts = [...links].map(([choice, { device, mac, addresses }]) => {
    const which = choice === "" || choice === device ? "" : `${choice}: `;
    return `${which}${device} (${mac}) with ${addresses.map(formatInterfaceAddress).join(", ")}`;
  });
  return texts.sort().join("; ");
}
