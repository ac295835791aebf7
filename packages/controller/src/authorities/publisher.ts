import { objectNames } from "@antrea/api";
import { type Clock, errorText, type Logger, type Service, taskGroup } from "@antrea/base";
import { isKubeError, type KubeClient, resources } from "@antrea/kube";
import { mergeAuthorities } from "./bundle.ts";

export interface AuthoritiesDeps {
  readonly client: Pick<KubeClient, "find" | "replace">;
  readonly namespace: string;
  /** Whether other controllers have authorities of their own, which are to be left there. */
  readonly isShared: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the ConfigMap `antrea-ca`, by which clients know whom to trust. */
export interface AuthoritiesPublisher extends Service {
  /** PEM of the authorities that this controller's certificates are signed by. */
  tell(authorities: string): void;
}

/** How often it is looked whether they are still there, and how soon after a failure; in milliseconds. */
const lookMs = 60_000;
const retryMs = 5_000;
/** How soon what is told is written. */
const tellMs = 250;

export function authoritiesPublisher(deps: AuthoritiesDeps): AuthoritiesPublisher {
  const { clock, log } = deps;
  const tasks = taskGroup();
  let own: string | undefined;
  let dueMs = 0;
  return {
    name: "authorities",
    tell(authorities) {
      own = authorities;
      dueMs = 0;
    },
    async start() {
      tasks.run("authorities", async (signal) => {
        while (!signal.aborted) {
          if (own !== undefined && clock.now() >= dueMs) {
            const isWritten = await publish(deps, own, signal).catch((error: unknown) => {
              if (!signal.aborted)
                log.warn(`Could not write ConfigMap ${objectNames.authorities}, will retry`, {
                  err: errorText(error),
                });
              return false;
            });
            dueMs = clock.now() + (isWritten ? lookMs : retryMs);
          }
          await clock.sleep(tellMs, { signal }).catch(() => {});
        }
      });
    },
    stop: () => tasks.close(),
  };
}

/** False if somebody else wrote at the same time. */
async function publish(
  { client, namespace, isShared, clock }: AuthoritiesDeps,
  own: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { authorities: name, authoritiesKey: key } = objectNames;
  const found = await client.find(resources.configMaps, { namespace, name }, { signal });
  if (!found)
    throw new Error(
      `There is no ConfigMap ${name} in ${namespace}, which antrea.yml makes: apply it again`,
    );
  const known = found.data?.[key] ?? "";
  const wanted = isShared ? mergeAuthorities(known, own, clock.wallTime().getTime()) : own;
  if (wanted === known) return true;
  try {
    const data = { ...found.data, [key]: wanted };
    await client.replace(resources.configMaps, { ...found, data }, { signal });
    return true;
  } catch (error) {
    if (isKubeError(error, "conflict")) return false;
    throw error;
  }
}
