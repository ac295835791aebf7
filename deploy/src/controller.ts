import { environment, objectNames, paths, ports } from "@antrea/api";
import { why } from "./commented.ts";
import {
  clusterObject,
  componentLabels,
  componentObject,
  type Manifest,
  namespace,
  namespacedObject,
} from "./object.ts";
import { configMount, configVolume, fieldVariable, image, mount, podDefaults } from "./pod.ts";
import { chartValue, configChecksum } from "./values.ts";

const component = objectNames.controller;
const podLabels = componentLabels(component);

/** The user of the image that owns nothing. */
const NOBODY = 65532;

export function controllerDeployment(): Manifest {
  const spec = {
    replicas: chartValue("controller.replicas"),
    selector: { matchLabels: podLabels },
    strategy: why(
      "Two controllers cannot have one port of a Node; the new one comes when the old one is gone.",
      { type: "Recreate" },
    ),
    template: {
      metadata: { annotations: { "checksum/config": configChecksum }, labels: podLabels },
      spec: {
        ...podDefaults,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: NOBODY,
          runAsGroup: NOBODY,
          fsGroup: NOBODY,
          ...podDefaults.securityContext,
        },
        serviceAccountName: objectNames.controller,
        priorityClassName: "system-cluster-critical",
        terminationGracePeriodSeconds: 15,
        tolerations,
        containers: [controller()],
        volumes: [configVolume, { name: "run-antrea", emptyDir: {} }, tlsVolume],
      },
    },
  };
  return { ...componentObject("Deployment", component), spec } as Manifest;
}

const tlsVolume = why("Used where selfSignedCert is false.", {
  name: objectNames.controllerTlsSecret,
  secret: { secretName: objectNames.controllerTlsSecret, defaultMode: 0o400, optional: true },
});

/** It gives Nodes their Pod CIDRs, so it must run where no network is yet. */
const tolerations = [
  { key: "CriticalAddonsOnly", operator: "Exists" },
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/network-unavailable", operator: "Exists", effect: "NoSchedule" },
  {
    key: "node.cloudprovider.kubernetes.io/uninitialized",
    operator: "Exists",
    effect: "NoSchedule",
  },
  why("Leaves a Node that died, rather than wait five minutes for it.", {
    key: "node.kubernetes.io/unreachable",
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 10,
  }),
];

function controller(): object {
  const probe = (path: string) => ({
    httpGet: { path, port: "api", scheme: "HTTPS" },
    timeoutSeconds: 5,
  });
  return {
    name: objectNames.controller,
    ...image("controllerImage"),
    command: ["antrea-controller"],
    env: [
      fieldVariable(environment.nodeName, "spec.nodeName"),
      fieldVariable(environment.podName, "metadata.name"),
      fieldVariable(environment.podNamespace, "metadata.namespace"),
      why(
        "It listens here only, so that an agent of the same Node may have the port on 127.0.0.1.",
        {
          ...fieldVariable(environment.podIp, "status.podIP"),
        },
      ),
    ],
    ports: [{ name: "api", containerPort: ports.controllerApi, protocol: "TCP" }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: { requests: { cpu: "100m", memory: "100Mi" } },
    startupProbe: { ...probe("/livez"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 15, failureThreshold: 5 },
    volumeMounts: [
      configMount,
      mount("run-antrea", paths.runFolder),
      { ...mount(tlsVolume.name, paths.controllerTlsFolder), readOnly: true },
    ],
  };
}

export function controllerService(): Manifest {
  const spec = {
    selector: podLabels,
    ports: [{ name: "api", port: 443, targetPort: "api", protocol: "TCP" }],
  };
  return { ...namespacedObject("v1", "Service", objectNames.service), spec } as Manifest;
}

/** Hands requests for what Nodes are told on to the controller, which writes its own `caBundle` here. */
export function controlplaneApiService(): Manifest {
  const [version = "", ...group] = objectNames.controlplaneApi.split(".");
  const spec = {
    service: { name: objectNames.service, namespace },
    ...{ group: group.join("."), version, groupPriorityMinimum: 100, versionPriority: 100 },
  };
  return {
    ...clusterObject("apiregistration.k8s.io/v1", "APIService", objectNames.controlplaneApi),
    spec,
  } as Manifest;
}
