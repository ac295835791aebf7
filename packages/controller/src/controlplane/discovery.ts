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
const group = {
  name: controlplaneGroup,
  versions: [groupVersion],
  preferredVersion: groupVersion,
};

const singular: Readonly<Record<StreamName, string>> = {
  networkpolicies: "networkpolicy",
  addressgroups: "addressgroup",
  appliedtogroups: "appliedtogroup",
  podreceipts: "podreceipt",
};

/**
 * What kubectl reads to know which resources there are, by its path. `/apis` is not among it: the API server
 * asks there for all groups in one, takes no other form of it, and goes by the pages where there is none.
 */
export const discovery: Readonly<Record<string, object>> = {
  [`/apis/${controlplaneGroup}`]: { kind: "APIGroup", apiVersion: "v1", ...group },
  [`/apis/${apiVersion}`]: {
    ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion },
    resources: [
      ...streamNames.map((name) => ({
        ...{ name, singularName: singular[name], namespaced: false },
        ...{ kind: streams[name].kind, verbs: ["get", "list", "watch"] },
      })),
      {
        ...{ name: statusResource, singularName: "networkpolicystatus", namespaced: false },
        ...{ kind: "NetworkPolicyStatusList", verbs: ["create"] },
      },
    ],
  },
};
