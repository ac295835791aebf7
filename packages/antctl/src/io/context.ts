import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { objectNames, PRODUCT_VERSION, paths } from "@antrea/api";
import type { LocalTransport } from "@antrea/api/local-api";
import { unixTransport } from "@antrea/api/local-api/io";
import { errorText, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { CommandFailure } from "@antrea/command";
import type { AntctlContext, Cluster } from "../context.ts";
import { type Place, placeOf } from "../place.ts";

export interface Globals {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly server: string | undefined;
}

/** Finds out where antctl runs. The cluster is looked for only when a command needs it. */
export function systemContext(
  globals: Globals,
  env: Readonly<Record<string, string | undefined>>,
): AntctlContext {
  const place = placeOf({
    env,
    namesCluster: [globals.kubeconfig, globals.context, globals.server].some(Boolean),
    exists: existsSync,
  });
  let cluster: Promise<Cluster> | undefined;
  return {
    place,
    local: localTransport(place),
    cluster: () => (cluster ??= openCluster(globals)),
    readFile: (path) =>
      readFile(path, "utf8").catch((cause: unknown) => {
        throw new CommandFailure(`${path} cannot be read: ${errorText(cause)}`, { cause });
      }),
    sleep: (ms, options) => systemClock.sleep(ms, options),
  };
}

function localTransport(place: Place): LocalTransport {
  const socketPath = place === "controller" ? paths.controllerApiSocket : paths.agentApiSocket;
  const program = place === "controller" ? "antrea-controller" : "antrea-agent";
  const transport = unixTransport(socketPath);
  return async (request, options) => {
    try {
      return await transport(request, options);
    } catch (cause) {
      options.signal.throwIfAborted();
      throw new CommandFailure(
        `The ${program} here does not answer on ${socketPath}. Look at its log: kubectl -n kube-system logs POD -c ${program}`,
        { cause },
      );
    }
  };
}

/** Loaded late: most runs are in an agent's Pod and never speak to the API server. */
async function openCluster(globals: Globals): Promise<Cluster> {
  const { execInPod, kubeClient, loadKubeConfig } = await import("@antrea/kube/io");
  const { kubeCluster } = await import("../reach/kube-cluster.ts");
  const access = await loadKubeConfig({
    kubeconfig: globals.kubeconfig,
    context: globals.context,
    kubeAPIServerOverride: globals.server,
  });
  const userAgent = `antctl/${PRODUCT_VERSION}`;
  const client = kubeClient(access, { userAgent, clock: systemClock, log: silentLogger });
  return kubeCluster(client, ({ pod, container }) => async (command, stdin, { signal }) => {
    const { code, message, stdout, stderr } = await execInPod({
      access,
      clock: systemClock,
      userAgent,
      pod: { namespace: objectNames.namespace, name: pod },
      container,
      command,
      ...(stdin === "" ? {} : { stdin }),
      signal,
    });
    return { exitCode: code ?? 1, stdout, stderr: stderr || message };
  });
}
