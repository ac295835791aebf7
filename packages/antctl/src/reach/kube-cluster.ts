import {
  agentInfoKind,
  controllerInfoKind,
  modeChangeKind,
  objectNames,
  parseCustom,
} from "@antrea/api";
import { ShapeError } from "@antrea/base";
import { isKubeError, type KubeClient, type KubeObject, resource, resources } from "@antrea/kube";
import { CommandFailure } from "@antrea/command";
import type { LocalTransport } from "@antrea/api/local-api";
import { apiVersion, streams } from "@antrea/policy/controlplane";
import type { Cluster, Wait } from "../context.ts";
import { policyResources } from "./policy-resources.ts";
import { execTransport, type RunInPod } from "./exec-transport.ts";

/** Runs a command in a named container of a Pod of our Namespace. */
export type RunInContainer = (place: {
  readonly pod: string;
  readonly container: string;
}) => RunInPod;

const { namespace } = objectNames;
const configMap = { namespace, name: objectNames.configMap };
const agentInfos = resource<KubeObject>(
  "crd.antrea.io/v1beta1",
  "AntreaAgentInfo",
  agentInfoKind.plural,
  "cluster",
);
const controllerInfos = resource<KubeObject>(
  "crd.antrea.io/v1beta1",
  "AntreaControllerInfo",
  controllerInfoKind.plural,
  "cluster",
);

/** The cluster as the Kubernetes API shows it. */
export function kubeCluster(client: KubeClient, runIn: RunInContainer): Cluster {
  return {
    server: client.server,
    async agentInfos(options) {
      const { items } = await client.list(agentInfos, {}, options);
      return items
        .map((object) => {
          const { value, meta } = known(parseCustom(agentInfoKind, object));
          return { name: meta.name, ...value };
        })
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    async controllerInfo(options) {
      const name = objectNames.controllerInfo;
      const object = await client.find(controllerInfos, { name }, options);
      return object && known(parseCustom(controllerInfoKind, object)).value;
    },
    async modeChange(options) {
      const name = objectNames.modeChange;
      const object = await client.find(resources.antreaModeChanges, { name }, options);
      return object && known(parseCustom(modeChangeKind, object)).value;
    },
    async agentConfig(options) {
      const object = await client.find(resources.configMaps, configMap, options);
      const text = object?.data?.[objectNames.agentConfigKey];
      if (text !== undefined) return text;
      throw new CommandFailure(
        `There is no ConfigMap ${namespace}/${configMap.name} with ${objectNames.agentConfigKey}: Antrea is not installed in this cluster, or in another way.`,
      );
    },
    async setAgentConfig(text, { before, signal }) {
      const path = `/data/${objectNames.agentConfigKey}`;
      const body = [
        { op: "test", path, value: before },
        { op: "replace", path, value: text },
      ] as const;
      await client.patch(resources.configMaps, configMap, { kind: "json", body }, { signal });
    },
    async nodes(options) {
      const { items } = await client.list(resources.nodes, {}, options);
      return items.flatMap(({ metadata, spec }) =>
        metadata?.name ? [{ name: metadata.name, providerID: spec?.providerID }] : [],
      );
    },
    async findPod(podNamespace, name, options) {
      const pod = await client.find(resources.pods, { namespace: podNamespace, name }, options);
      return (
        pod && {
          node: pod.spec?.nodeName,
          ips: (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []),
        }
      );
    },
    async objects(part, options) {
      try {
        return (await client.list(policyResources[part], {}, options)).items;
      } catch (error) {
        if (isKubeError(error, "not-found")) return [];
        throw error;
      }
    },
    object: (part, name, options) => client.find(policyResources[part], name, options),
    async computed(stream, options) {
      const { kind, decode } = streams[stream];
      const objects = resource<KubeObject>(apiVersion, kind, stream, "cluster");
      const list = await client.list(objects, {}, options).catch((cause: unknown) => {
        if (isKubeError(cause, "not-found", "server-error"))
          throw new CommandFailure(nobodyComputes, { cause });
        throw cause;
      });
      return list.items.map((object) => decodedBy(decode, object));
    },
    toAgent: (node) => intoPod(client, runIn, { ...agentPods, node }),
    toController: () => intoPod(client, runIn, controllerPods),
  };
}

const nobodyComputes = `No controller serves ${apiVersion}. Look at it: kubectl get apiservice ${objectNames.controlplaneApi}; kubectl -n ${namespace} get pods -l component=${objectNames.controller}`;

/** Which Pods, and which of their containers. */
interface Component {
  readonly name: string;
  readonly container: string;
  readonly node?: string;
}

const agentPods: Component = { name: objectNames.agent, container: objectNames.agentContainer };
const controllerPods: Component = {
  name: objectNames.controller,
  container: objectNames.controller,
};

function intoPod(client: KubeClient, runIn: RunInContainer, component: Component): LocalTransport {
  return async (request, options) => {
    const pod = await runningPod(client, component, options);
    return execTransport(runIn({ pod, container: component.container }))(request, options);
  };
}

async function runningPod(
  client: KubeClient,
  { name, node }: Component,
  options: Wait,
): Promise<string> {
  const { items } = await client.list(
    resources.pods,
    {
      namespace,
      labelSelector: `app=antrea,component=${name}`,
      ...(node === undefined ? {} : { fieldSelector: `spec.nodeName=${node}` }),
    },
    options,
  );
  const running = items.find(
    ({ status, metadata }) => status?.phase === "Running" && !metadata?.deletionTimestamp,
  );
  if (running?.metadata?.name !== undefined) return running.metadata.name;
  const where = node === undefined ? "" : ` on Node ${node}`;
  const states = items.map(({ metadata, status }) => `${metadata?.name} is ${status?.phase}`);
  throw new CommandFailure(
    `No Pod ${name} runs${where}${states.length > 0 ? ` (${states.join(", ")})` : ""}. ` +
      `Look at them: kubectl -n ${namespace} get pods -l component=${name} -o wide.`,
  );
}

function decodedBy<T>(decode: (object: unknown) => T, object: unknown): T {
  try {
    return decode(object);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return known({ problem: error.message });
  }
}

function known<T>(
  parsed: T | { readonly problem: string },
): Exclude<T, { readonly problem: string }> {
  if (typeof parsed === "object" && parsed !== null && "problem" in parsed) {
    throw new CommandFailure(
      `${String(parsed.problem)}. Use an antctl of the version of the cluster.`,
    );
  }
  return parsed as Exclude<T, { readonly problem: string }>;
}
