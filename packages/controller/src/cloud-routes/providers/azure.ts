import { type Cidr, cidrFamily, familyOf, parseCidr } from "@antrea/net";
import type { CloudRoute, ProviderOptions, RouteProvider } from "../provider.ts";

/** What is used of `routes` of the class `NetworkManagementClient` of @azure/arm-network, whose words these are. */
export interface AzureRouteApi {
  list(group: string, table: string, options: AzureWait): AsyncIterable<AzureRoute>;
  createOrUpdate(
    group: string,
    table: string,
    name: string,
    route: AzureRoute & { readonly nextHopType: string },
    options: AzureWait,
  ): PromiseLike<unknown>;
  delete(group: string, table: string, name: string, options: AzureWait): PromiseLike<unknown>;
}

interface AzureWait {
  readonly abortSignal: AbortSignal;
}

interface AzureRoute {
  readonly name?: string;
  readonly addressPrefix?: string;
  readonly nextHopType?: string | undefined;
  readonly nextHopIpAddress?: string;
}

const ourPrefix = "antrea-";

/** A route table, named SUBSCRIPTION/RESOURCE-GROUP/TABLE. Routes lead to the Node's address; those named antrea-… are ours. */
export function azureRoutes(api: AzureRouteApi, { routeTable }: ProviderOptions): RouteProvider {
  const [, group = "", table = ""] = routeTable.split("/");
  return {
    targetOf: ({ internalIps }, destination) =>
      internalIps.find((address) => familyOf(address) === cidrFamily(destination)),
    async list({ signal }) {
      const routes: CloudRoute[] = [];
      for await (const route of api.list(group, table, { abortSignal: signal }))
        routes.push(...cloudRoute(route));
      return routes;
    },
    async put({ destination, target }, before, { signal }) {
      const name = before?.name ?? routeName(destination);
      const route = {
        ...{ addressPrefix: destination, nextHopType: "VirtualAppliance" },
        nextHopIpAddress: target,
      };
      await api.createOrUpdate(group, table, name, route, { abortSignal: signal });
    },
    async remove({ name }, { signal }) {
      if (name !== undefined) await api.delete(group, table, name, { abortSignal: signal });
    },
  };
}

function cloudRoute(route: AzureRoute): readonly CloudRoute[] {
  const { name, addressPrefix = "", nextHopIpAddress, nextHopType } = route;
  const destination = parseCidr(addressPrefix);
  if (!destination) return []; // a service tag
  const isOurs = name?.startsWith(ourPrefix) ?? false;
  return [{ destination, target: nextHopIpAddress ?? nextHopType ?? "another", name, isOurs }];
}

function routeName(destination: Cidr): string {
  return `${ourPrefix}${destination.replaceAll(/[^a-z0-9]+/g, "-")}`;
}
