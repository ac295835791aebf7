import { isDeepStrictEqual } from "node:util";
import { objectNames } from "@antrea/api";
import { type Clock, errorText, type Logger, type Service, taskGroup } from "@antrea/base";
import { isKubeError, type KubeClient, resources } from "@antrea/kube";
import { mergeAuthorities } from "./bundle.ts";
import { type Truster, withCaBundle } from "./trusters.ts";

export interface AuthoritiesDeps {
  readonly client: Pick<KubeClient, "find" | "replace">;
  readonly namespace: string;
  /** Whether other controllers have authorities of their own, which are to be left there. */
  readonly isShared: boolean;
  /** Objects by which the API server calls controllers; each says whom it trusts. */
  readonly trusters: readonly Truster[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the ConfigMap `antrea-ca`, by which clients know whom to trust, and what the API server has for that. */
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
          const told = own;
          if (told !== undefined && clock.now() >= dueMs) {
            const isWritten = await publish(deps, told, signal).catch((error: unknown) => {
              if (!signal.aborted)
                log.warn("Could not say whom to trust, will retry", {
                  err: errorText(error),
                });
              return false;
            });
            if (own === told) dueMs = clock.now() + (isWritten ? lookMs : retryMs);
          }
          await clock.sleep(tellMs, { signal }).catch(() => {});
        }
      });
    },
    stop: () => tasks.close(),
  };
}

/** False if somebody else wrote at the same time. */
async function publish(deps: AuthoritiesDeps, own: string, signal: AbortSignal): Promise<boolean> {
  try {
    const authorities = await publishConfigMap(deps, own, signal);
    for (const truster of deps.trusters) await tellTruster(deps, truster, authorities, signal);
    return true;
  } catch (error) {
    if (isKubeError(error, "conflict")) return false;
    throw error;
  }
}

/** Gives what stands there in the end. */
async function publishConfigMap(
  { client, namespace, isShared, clock }: AuthoritiesDeps,
  own: string,
  signal: AbortSignal,
): Promise<string> {
  const { authorities: name, authoritiesKey: key } = objectNames;
  const found = await client.find(resources.configMaps, { namespace, name }, { signal });
  if (!found)
    throw new Error(
      `There is no ConfigMap ${name} in ${namespace}, which antrea.yml makes: apply it again`,
    );
  const known = found.data?.[key] ?? "";
  const wanted = isShared ? mergeAuthorities(known, own, clock.wallTime().getTime()) : own;
  if (wanted === known) return known;
  const data = { ...found.data, [key]: wanted };
  await client.replace(resources.configMaps, { ...found, data }, { signal });
  return wanted;
}

/** One that the cluster lacks is left out: then the API server does not call us either. */
async function tellTruster(
  { client }: AuthoritiesDeps,
  { resource, name }: Truster,
  authorities: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await client.find(resource, { name }, { signal });
  const wanted = found && withCaBundle(found, Buffer.from(authorities).toString("base64"));
  if (wanted && !isDeepStrictEqual(wanted, found))
    await client.replace(resource, wanted, { signal });
}
