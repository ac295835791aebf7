import type { ControllerConfig } from "@antrea/api";
import { errorText } from "@antrea/base";
import type { ProviderOptions, RouteProvider } from "../provider.ts";

/** What a provider's bundle has: `open-aws.ts` and its neighbours. */
interface ProviderModule {
  readonly openProvider: (options: ProviderOptions) => Promise<RouteProvider>;
}

/** Loads the bundle with the provider's SDK, which is beside this program where somebody has put it there. */
export async function loadRouteProvider({
  provider,
  routeTable,
}: ControllerConfig["cloudRoutes"]): Promise<RouteProvider | undefined> {
  if (provider === "none") return undefined;
  const file = new URL(`./cloud-routes-${provider}.mjs`, import.meta.url);
  try {
    const { openProvider } = (await import(file.href)) as ProviderModule;
    return await openProvider({ routeTable });
  } catch (error) {
    throw new Error(
      `cloudRoutes.provider is ${provider}, and ${file.pathname} could not be used: ${errorText(error)}. Build it: node tools/build-cloud-routes.ts ${provider}`,
      { cause: error },
    );
  }
}
