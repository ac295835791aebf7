import { NetworkManagementClient } from "@azure/arm-network";
import { DefaultAzureCredential } from "@azure/identity";
import { azureRoutes } from "../providers/azure.ts";
import type { ProviderOptions, RouteProvider } from "../provider.ts";

/** Credentials as the SDK finds them: a workload's or a managed identity. */
export async function openProvider(options: ProviderOptions): Promise<RouteProvider> {
  const [subscription = ""] = options.routeTable.split("/");
  const client = new NetworkManagementClient(new DefaultAzureCredential(), subscription);
  return azureRoutes(client.routes, options);
}
