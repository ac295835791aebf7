import type { NeededRoute } from "@antrea/api/local-api";
import { cidrFamily, familyOf } from "@antrea/net";
import { gatewayAddress } from "../pods/ipam.ts";
import { type PeerStatus, pathReason } from "../routes/reconciler.ts";
import type { Prober } from "./probe.ts";

/** Who has to know the way to each peer's Pods, and whether that is so; of the network between, by a probe. */
export async function neededRoutes(
  {
    peers,
    prober,
  }: { readonly peers: () => Iterable<PeerStatus>; readonly prober: Pick<Prober, "answers"> },
  { signal }: { readonly signal: AbortSignal },
): Promise<NeededRoute[]> {
  const rows = [...peers()].flatMap((status) =>
    status.plan.identity.podCidrs.map((cidr) => ({ status, cidr })),
  );
  return Promise.all(
    rows.map(async ({ status, cidr }): Promise<NeededRoute> => {
      const { identity, path } = status.plan;
      const transportIP = identity.transport.find(
        ({ address }) => familyOf(address) === cidrFamily(cidr),
      )?.address;
      const common = {
        node: identity.name,
        podCIDR: cidr,
        ...(transportIP === undefined ? {} : { transportIP }),
        ...(identity.providerId === undefined ? {} : { providerID: identity.providerId }),
      };
      if (path.kind === "none")
        return { ...common, keeper: "node", state: "missing", reason: path.reason };
      const isFabric = path.kind === "direct" && !path.onLink;
      if (!isFabric) {
        const waits = status.unresolved.length > 0 || status.unroutable.includes(cidr);
        return {
          ...common,
          keeper: "node",
          state: waits ? "missing" : "present",
          reason: pathReason(status),
        };
      }
      const answers = await prober.answers(gatewayAddress(cidr), { timeoutMs: 1000, signal });
      return {
        ...common,
        keeper: "fabric",
        state: answers ? "present" : "missing",
        reason: answers
          ? `${gatewayAddress(cidr)} answers`
          : `${gatewayAddress(cidr)} does not answer: the network between has no route for ${cidr}, or drops it`,
      };
    }),
  );
}
