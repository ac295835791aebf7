import {
  apiVersion,
  controlplaneGroup,
  controlplaneVersion,
  type StreamName,
  streamNames,
  streams,
} from "@antrea/policy/controlplane";

/** Where statuses are sent: a resource that is only created. */
export const statusResource = "networkpolicystatuses";

const groupVersion = { groupVersion: apiVersion, version: controlplaneVersion };

interface Served {
  readonly name: string;
  readonly singularName: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const singular: Readonly<Record<StreamName, string>> = {
  networkpolicies: "networkpolicy",
  addressgroups: "addressgroup",
  appliedtogroups: "appliedtogroup",
  podreceipts: "podreceipt",
};

const served: readonly Served[] = [
  ...streamNames.map((name) => ({
    ...{ name, singularName: singular[name], kind: streams[name].kind },
    verbs: ["get", "list", "watch"],
  })),
  {
    ...{ name: statusResource, singularName: "networkpolicystatus" },
    ...{ kind: "NetworkPolicyStatusList", verbs: ["create"] },
  },
];

/** The group with all of its resources in one, as the API server asks for it since Kubernetes 1.30. */
const whole = {
  ...{ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {} },
  items: [
    {
      metadata: { name: controlplaneGroup },
      versions: [
        {
          ...{ version: controlplaneVersion, freshness: "Current" },
          resources: served.map(({ name, singularName, kind, verbs }) => ({
            ...{ resource: name, singularResource: singularName, scope: "Cluster", verbs },
            responseKind: { group: controlplaneGroup, version: controlplaneVersion, kind },
          })),
        },
      ],
    },
  ],
};

/** What kubectl and the API server read to know which resources there are, by its path. */
export const discovery: Readonly<Record<string, object>> = {
  "/apis": whole,
  [`/apis/${controlplaneGroup}`]: {
    ...{ kind: "APIGroup", apiVersion: "v1", name: controlplaneGroup },
    ...{ versions: [groupVersion], preferredVersion: groupVersion },
  },
  [`/apis/${apiVersion}`]: {
    ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion },
    resources: served.map((one) => ({ ...one, namespaced: false })),
  },
};
