import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import { isKubeError, type KubeClient } from "@antrea/kube";
import type { PolicyInput } from "./source.ts";

export interface OfferedDeps {
  readonly client: Pick<KubeClient, "request">;
  /** Kinds of others that a cluster may lack. */
  readonly optional: readonly PolicyInput[];
}

/** Those that this cluster has. */
export async function offered(
  { client, optional }: OfferedDeps,
  signal: AbortSignal,
): Promise<readonly PolicyInput[]> {
  const has = await Promise.all(
    optional.map(async ({ resource: { group, version, plural } }) => {
      const path = `/apis/${group}/${version}`;
      const answer = await client.request({ path }, { signal }).catch((error: unknown) => {
        if (isKubeError(error, "not-found")) return {};
        throw error;
      });
      const { resources = [] } = answer as { readonly resources?: readonly { name: string }[] };
      return resources.some(({ name }) => name === plural);
    }),
  );
  return optional.filter((_, i) => has[i]);
}

/** As `offered`, asked until it is known: policies of a kind that was left out would look as if they were gone. */
export async function offeredAtLast(
  deps: OfferedDeps & { readonly backOff: BackOff; readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<readonly PolicyInput[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await offered(deps, signal);
    } catch (error) {
      signal.throwIfAborted();
      deps.log.warn("Could not ask which kinds of policies there are, will retry", {
        err: errorText(error),
      });
      await deps.clock.sleep(deps.backOff.delayMs(attempt), { signal });
    }
  }
}
