import { type Clock, type Logger, type Service, taskGroup } from "@antrea/base";
import {
  type FrontProxy,
  frontProxyConfig,
  type KubeClient,
  parseFrontProxy,
  resources,
} from "@antrea/kube";
import { reflector } from "@antrea/kube/io";

/** How the API server says for whom it asks, as it tells in a ConfigMap. */
export interface FrontProxySource extends Service {
  /** Undefined while it is not known. */
  current(): FrontProxy | undefined;
}

export function frontProxySource(deps: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}): FrontProxySource {
  const { namespace, name } = frontProxyConfig;
  const tasks = taskGroup();
  const configs = reflector({
    ...deps,
    resource: resources.configMaps,
    project: ({ data }) => parseFrontProxy(data),
    equal: () => false, // certificates are no plain values
    selection: { namespace, fieldSelector: `metadata.name=${name}` },
  });
  return {
    name: "front proxy",
    current: () => configs.store.get(`${namespace}/${name}`),
    async start() {
      // nobody waits for it: agents come by themselves, and the API server meanwhile is refused
      tasks.run("front proxy", (signal) => configs.start(signal));
    },
    async stop() {
      await tasks.close();
      await configs.stop();
    },
  };
}
