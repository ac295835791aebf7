import type { NodeView } from "@antrea/api";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { keepRoutes, type RouteProvider, type RoutesReport } from "@antrea/controller/cloud-routes";
import { resources } from "@antrea/kube";
import { reflector } from "@antrea/kube/io";
import type { Lab } from "@antrea/lab";
import { type Cidr, parseCidr } from "@antrea/net";
import { parseNode } from "@antrea/api";
import { apiOf } from "./kube-client.ts";

/** The lab's router as a cloud's table of routes. */
export function fabricProvider({ fabric, plan }: Lab): RouteProvider {
  return {
    targetOf: ({ name }) => plan.nodes.find((node) => node.name === name)?.name,
    async list() {
      const routes = await fabric.listRoutes();
      return routes.flatMap(({ cidr, node, via }) => {
        const destination = parseCidr(cidr);
        return destination ? [{ destination, target: node ?? via, isOurs: true }] : [];
      });
    },
    put: ({ destination, target }) => fabric.addRoute(destination, target),
    remove: ({ destination }) => fabric.removeRoute(destination),
  };
}

/** Keeps the router's table as the controller would a cloud's; disposed, it goes on as it is. */
export async function keepFabricRoutes(
  lab: Lab,
  { networks, isDryRun }: { readonly networks: readonly Cidr[]; readonly isDryRun: boolean },
) {
  const nodes = reflector<object, NodeView>({
    client: await apiOf(lab),
    resource: resources.nodes,
    project: (object) => parseNode(object)?.node,
    ...{ log: silentLogger, clock: systemClock },
  });
  const stop = new AbortController();
  await nodes.start(stop.signal);
  const first = Promise.withResolvers<RoutesReport>();
  const running = keepRoutes(
    {
      ...{ provider: fabricProvider(lab), nodes: nodes.store, networks, isDryRun },
      report: first.resolve,
      backOff: exponentialBackOff({ firstMs: 500, maxMs: 500, random: Math.random }),
      ...{ clock: systemClock, log: silentLogger },
    },
    stop.signal,
  );
  return {
    /** What the first look at the table found. */
    found: first.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await nodes.stop();
    },
  };
}
