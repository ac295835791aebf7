import { gcpInstance } from "@antrea/api";
import { type Cidr, parseCidr } from "@antrea/net";
import type { CloudRoute, ProviderOptions, RouteProvider } from "../provider.ts";

/** What is used of the class `RoutesClient` of @google-cloud/compute, whose words these are. */
export interface GcpRouteApi {
  listAsync(request: { readonly project: string }): AsyncIterable<GcpRoute>;
  insert(request: {
    readonly project: string;
    readonly routeResource: GcpRoute;
  }): Promise<readonly [GcpOperation, ...unknown[]]>;
  delete(request: {
    readonly project: string;
    readonly route: string;
  }): Promise<readonly [GcpOperation, ...unknown[]]>;
}

interface GcpOperation {
  promise(): Promise<unknown>;
}

interface GcpRoute {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly destRange?: string | null;
  readonly network?: string | null;
  readonly nextHopInstance?: string | null;
  readonly nextHopGateway?: string | null;
  readonly nextHopIp?: string | null;
  readonly priority?: number | null;
}

/** By which our routes are known. */
const mark = "antrea: Pods of a Node";

/**
 * Routes of a network, named PROJECT/NETWORK. A route cannot be changed there, so another one of its
 * own name comes first, and the old one goes after it: for a moment there are two.
 */
export function gcpRoutes(api: GcpRouteApi, { routeTable }: ProviderOptions): RouteProvider {
  const [project = "", network = "default"] = routeTable.split("/");
  const networkPath = `projects/${project}/global/networks/${network}`;
  const remove = async (name: string): Promise<void> => {
    const [operation] = await api.delete({ project, route: name });
    await operation.promise();
  };
  return {
    targetOf({ providerId }) {
      const machine = gcpInstance(providerId);
      return (
        machine && `projects/${machine.project}/zones/${machine.zone}/instances/${machine.instance}`
      );
    },
    async list({ signal }) {
      const routes: CloudRoute[] = [];
      for await (const route of api.listAsync({ project })) {
        signal.throwIfAborted();
        if (pathOf(route.network) === networkPath) routes.push(...cloudRoute(route));
      }
      return routes;
    },
    async put({ destination, target }, before) {
      const name = routeName(destination, target);
      const [operation] = await api.insert({
        project,
        routeResource: {
          ...{ name, description: mark, destRange: destination, network: networkPath },
          ...{ nextHopInstance: target, priority: 1000 },
        },
      });
      await operation.promise();
      if (before?.name && before.name !== name) await remove(before.name);
    },
    async remove({ name }) {
      if (name !== undefined) await remove(name);
    },
  };
}

function cloudRoute(route: GcpRoute): readonly CloudRoute[] {
  const destination = parseCidr(route.destRange ?? "");
  if (!destination) return [];
  const hop = route.nextHopInstance ?? route.nextHopGateway ?? route.nextHopIp;
  const name = route.name ?? undefined;
  return [{ destination, target: pathOf(hop), name, isOurs: route.description === mark }];
}

/** The API gives whole addresses for what it takes as paths. */
function pathOf(resource: string | null | undefined): string {
  return resource?.replace(/^https?:\/\/[^/]+\/(?:compute\/[^/]+\/)?/, "") ?? "another";
}

/** At most 63 letters, digits and hyphens; another instance makes another name. */
function routeName(destination: Cidr, target: string): string {
  const instance = target.split("/").at(-1) ?? "";
  return `antrea-${destination.replaceAll(/[^a-z0-9]+/g, "-")}-${instance}`
    .slice(0, 63)
    .replace(/-+$/, "");
}
