import { CRD_GROUP, objectNames } from "@antrea/api";
import { agentApi, controllerApi } from "@antrea/api/local-api";
import { controlplaneGroup, streamNames } from "@antrea/policy/controlplane";
import { why } from "./commented.ts";
import { clusterObject, type Manifest, namespace, namespacedObject } from "./object.ts";

/** What one rule of RBAC allows, and the reason that it exists. */
export interface Rule {
  readonly reason: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What may be asked of our own programs' APIs, which are no objects. */
export interface PathRule {
  readonly reason: string;
  readonly nonResourceURLs: readonly string[];
  readonly verbs: readonly string[];
}

/** Everything a program may do: in the cluster, and in our Namespace. */
export interface Account {
  readonly name: string;
  readonly clusterRules: readonly Rule[];
  readonly pathRules?: readonly PathRule[];
  readonly namespaceRules: readonly Rule[];
  /** In the Namespace `default`, where Events about Nodes live. */
  readonly eventRules?: readonly Rule[];
}

/** Both programs serve others, and leave it to the API server who they are and what they may. */
const askWho: readonly Rule[] = [
  {
    reason: "Who calls this program's API, by the token that he sends.",
    apiGroups: ["authentication.k8s.io"],
    resources: ["tokenreviews"],
    verbs: ["create"],
  },
  {
    reason: "Whether RBAC allows him what he asks for.",
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews"],
    verbs: ["create"],
  },
];

/** It asks for no Pods: the container runtime tells it of them, also while the API server is away. */
export const agentAccount: Account = {
  name: objectNames.agent,
  clusterRules: [
    {
      reason: "The other Nodes: their addresses and Pod CIDRs decide flows, routes and tunnels.",
      apiGroups: [""],
      resources: ["nodes"],
      verbs: ["list", "watch"],
    },
    {
      reason: "The annotations node.antrea.io/* of its own Node tell the others where to send.",
      apiGroups: [""],
      resources: ["nodes"],
      verbs: ["patch"],
    },
    {
      reason: "The networks of Services, whose real destination egress rules wait for.",
      apiGroups: ["networking.k8s.io"],
      resources: ["servicecidrs"],
      verbs: ["list"],
    },
    {
      reason: "How far a change of the traffic mode has come; the controller leads it.",
      apiGroups: [CRD_GROUP],
      resources: ["modechanges"],
      verbs: ["list", "watch"],
    },
    {
      reason: "Its own AntreaAgentInfo, written by server-side apply, which is patch, and create.",
      apiGroups: [CRD_GROUP],
      resources: ["antreaagentinfos"],
      verbs: ["create", "patch"],
    },
    {
      reason: "What its Node is to enforce, of the controller, which holds it to its own Node.",
      apiGroups: [controlplaneGroup],
      resources: [...streamNames],
      verbs: ["watch"],
    },
    {
      reason: "Tells the controller which policies are in force on its Node.",
      apiGroups: [controlplaneGroup],
      resources: ["networkpolicystatuses"],
      verbs: ["create"],
    },
    ...askWho,
  ],
  namespaceRules: [
    {
      reason: "Where the controllers are: it goes to them by itself, without kube-proxy.",
      apiGroups: ["discovery.k8s.io"],
      resources: ["endpointslices"],
      verbs: ["list", "watch"],
    },
    {
      reason: "By whose certificates it knows them.",
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [objectNames.authorities],
      verbs: ["list", "watch"],
    },
  ],
  eventRules: [
    {
      reason: "Says on its Node what it had to put back, because somebody changed it by hand.",
      apiGroups: [""],
      resources: ["events"],
      verbs: ["create", "patch"],
    },
  ],
};

export const controllerAccount: Account = {
  name: objectNames.controller,
  clusterRules: [
    {
      reason:
        "Which Nodes there are and which Pod CIDRs they have; get is asked of the server itself before a block is given up.",
      apiGroups: [""],
      resources: ["nodes"],
      verbs: ["get", "list", "watch"],
    },
    {
      reason: "Sets spec.podCIDRs, where nodeIPAM.enableNodeIPAM is true.",
      apiGroups: [""],
      resources: ["nodes"],
      verbs: ["patch"],
    },
    {
      reason: "The claims by which no Pod CIDR is given twice.",
      apiGroups: [CRD_GROUP],
      resources: ["podcidrclaims"],
      verbs: ["get", "list", "watch", "create", "delete"],
    },
    {
      reason: "Counts agents with a fresh heartbeat, and removes the infos of Nodes that are gone.",
      apiGroups: [CRD_GROUP],
      resources: ["antreaagentinfos"],
      verbs: ["list", "watch", "delete"],
    },
    {
      reason:
        "Leads changes of the traffic mode: written by server-side apply, which is patch, and create.",
      apiGroups: [CRD_GROUP],
      resources: ["modechanges"],
      verbs: ["list", "watch", "create", "patch"],
    },
    {
      reason: "Its AntreaControllerInfo, written by server-side apply, which is patch, and create.",
      apiGroups: [CRD_GROUP],
      resources: ["antreacontrollerinfos"],
      verbs: ["create", "patch"],
    },
    {
      reason: "What an operator should read on a Node, such as that no Pod CIDR is left.",
      apiGroups: [""],
      resources: ["events"],
      verbs: ["create", "patch"],
    },
    {
      reason:
        "Whether a Tier is named by a policy, and how groups hang together, for who changes them.",
      apiGroups: [CRD_GROUP],
      resources: ["tiers", "clusternetworkpolicies", "networkpolicies", "clustergroups", "groups"],
      verbs: ["list", "watch"],
    },
    {
      reason:
        "A Tier that a policy names and the watch has not told of yet; a policy's status as another leader left it.",
      apiGroups: [CRD_GROUP],
      resources: ["tiers", "clusternetworkpolicies", "networkpolicies"],
      verbs: ["get"],
    },
    {
      reason: "The Tiers that are always there, by server-side apply, which is patch, and create.",
      apiGroups: [CRD_GROUP],
      resources: ["tiers"],
      verbs: ["create", "patch"],
    },
    ...["mutating", "validating"].map(
      (kind): Rule => ({
        reason: "Says whom the API server has to trust where it asks about our kinds.",
        apiGroups: ["admissionregistration.k8s.io"],
        resources: [`${kind}webhookconfigurations`],
        resourceNames: [
          kind === "mutating" ? objectNames.mutatingWebhooks : objectNames.validatingWebhooks,
        ],
        verbs: ["get", "update"],
      }),
    ),
    {
      reason: "Whom policies select, and who their peers are.",
      apiGroups: [""],
      resources: ["pods", "namespaces", "services"],
      verbs: ["list", "watch"],
    },
    {
      reason: "The policies of Kubernetes itself.",
      apiGroups: ["networking.k8s.io"],
      resources: ["networkpolicies"],
      verbs: ["list", "watch"],
    },
    {
      reason: "Policies of the cluster that are no kinds of ours, where the cluster has them.",
      apiGroups: ["policy.networking.k8s.io"],
      resources: ["adminnetworkpolicies", "baselineadminnetworkpolicies", "clusternetworkpolicies"],
      verbs: ["list", "watch"],
    },
    {
      reason: "antctl get networkpolicy, addressgroup, appliedtogroup in the controller's Pod.",
      apiGroups: [controlplaneGroup],
      resources: streamNames.filter((name) => name !== "podreceipts"),
      verbs: ["list"],
    },
    {
      reason: "Says in a policy how far Nodes enforce it.",
      apiGroups: [CRD_GROUP],
      resources: ["clusternetworkpolicies/status", "networkpolicies/status"],
      verbs: ["patch"],
    },
    {
      reason: "Says whom the API server has to trust where it hands requests on to us.",
      apiGroups: ["apiregistration.k8s.io"],
      resources: ["apiservices"],
      resourceNames: [objectNames.controlplaneApi],
      verbs: ["get", "update"],
    },
    ...askWho,
  ],
  namespaceRules: [
    {
      reason: "How the API server says for whom it asks.",
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["extension-apiserver-authentication"],
      verbs: ["list", "watch"],
    },
    {
      reason: "Becomes the leader; create cannot be bound to a name.",
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["create"],
    },
    {
      reason: "Stays the leader.",
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [objectNames.controllerLease],
      verbs: ["get", "update"],
    },
    {
      reason: "antrea-agent.conf: what the traffic mode of all Nodes is to be.",
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [objectNames.configMap],
      verbs: ["list", "watch"],
    },
    {
      reason: "Says whom clients of its API have to trust; the manifest makes the object.",
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [objectNames.authorities],
      verbs: ["get", "update"],
    },
  ],
};

/** The paths of both programs that only read. */
const readPaths = [
  ...new Set(
    [...Object.values(agentApi), ...Object.values(controllerApi)]
      .filter(({ method }) => method === "GET")
      .map(({ path }) => path),
  ),
].sort();

/** For people who hand antctl an identity of its own: it may look and change nothing. */
export const antctlAccount: Account = {
  name: objectNames.antctl,
  clusterRules: [
    {
      reason: "antctl get agentinfo, get controllerinfo, get modechange.",
      apiGroups: [CRD_GROUP],
      resources: ["antreaagentinfos", "antreacontrollerinfos", "podcidrclaims", "modechanges"],
      verbs: ["get", "list"],
    },
    {
      reason: "antctl get networkpolicy, addressgroup, appliedtogroup, from anywhere.",
      apiGroups: [controlplaneGroup],
      resources: streamNames.filter((name) => name !== "podreceipts"),
      verbs: ["get", "list"],
    },
    {
      reason: "antctl get nodes, check routes; Pods by name.",
      apiGroups: [""],
      resources: ["nodes", "pods"],
      verbs: ["get", "list"],
    },
  ],
  pathRules: [
    {
      reason: "What agents and controller tell of themselves on their APIs.",
      nonResourceURLs: readPaths,
      verbs: ["get"],
    },
  ],
  namespaceRules: [],
};

export const accounts: readonly Account[] = [agentAccount, controllerAccount, antctlAccount];

const RBAC = "rbac.authorization.k8s.io";

/** ServiceAccount, roles and bindings of one program. */
export function accountManifests(account: Account): Manifest[] {
  const { name, clusterRules, pathRules = [], namespaceRules, eventRules = [] } = account;
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const bind = (role: "ClusterRole" | "Role") => ({
    roleRef: { apiGroup: RBAC, kind: role, name },
    subjects,
  });
  const role = {
    ...clusterObject(`${RBAC}/v1`, "ClusterRole", name),
    rules: [...rulesOf(clusterRules), ...pathRules.map(({ reason, ...rule }) => why(reason, rule))],
  };
  const manifests: Manifest[] = [
    namespacedObject("v1", "ServiceAccount", name),
    role,
    {
      ...clusterObject(`${RBAC}/v1`, "ClusterRoleBinding", name),
      ...bind("ClusterRole"),
    },
  ];
  const within = (where: string, rules: readonly Rule[]): Manifest[] => {
    if (rules.length === 0) return [];
    const object = (kind: "Role" | "RoleBinding"): Manifest => {
      const { metadata, ...rest } = namespacedObject(`${RBAC}/v1`, kind, name);
      return { ...rest, metadata: { ...metadata, namespace: where } };
    };
    const role = { ...object("Role"), rules: rulesOf(rules) };
    return [role, { ...object("RoleBinding"), ...bind("Role") }];
  };
  return [...manifests, ...within(namespace, namespaceRules), ...within("default", eventRules)];
}

function rulesOf(rules: readonly Rule[]): readonly object[] {
  return rules.map(({ reason, apiGroups, resources, resourceNames, verbs }) =>
    why(reason, { apiGroups, resources, ...(resourceNames ? { resourceNames } : {}), verbs }),
  );
}
