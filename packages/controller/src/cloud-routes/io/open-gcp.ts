import { GlobalOperationsClient, RoutesClient } from "@google-cloud/compute";
import { gcpRoutes } from "../providers/gcp.ts";
import type { ProviderOptions, RouteProvider } from "../provider.ts";

/** Credentials as the SDK finds them: the service account of the Pod or of the instance. */
export async function openProvider(options: ProviderOptions): Promise<RouteProvider> {
  return gcpRoutes(new RoutesClient(), new GlobalOperationsClient(), options);
}
