import { type BackOff, type Clock, errorText, type Logger, type Service } from "@antrea/base";
import { isKubeError, type KubeClient, resources } from "@antrea/kube";

/**
 * Starts the watch of the change that the controller leads, and waits until it knows. Where the API server
 * does not have the kind (Helm leaves the kinds of an earlier release as they are), the Node goes by its
 * own file, and the watch begins once the kind is there.
 */
export async function startModeWatch(
  client: Pick<KubeClient, "list">,
  watch: Service,
  { backOff, clock, log }: { backOff: BackOff; clock: Clock; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; ; ) {
    try {
      await client.list(resources.antreaModeChanges, { limit: 1 }, { signal });
      return await watch.start(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isKubeError(error, "not-found")) break;
      log.warn("Could not ask for the ModeChange, will retry", { err: errorText(error) });
      await clock.sleep(backOff.delayMs(++failures), { signal });
    }
  }
  log.warn(
    "The API server has no kind ModeChange, so this Node goes by its own configuration: kubectl apply -f deploy/helm/antrea/crds",
  );
  watch.start(signal).catch(() => {}); // ends with the program
}
