import { CRD_GROUP, objectNames } from "@antrea/api";
import { clusterObject, type Manifest, namespace } from "./object.ts";

/**
 * What RBAC cannot say, said to the API server in CEL: an agent writes of its own Node alone, and on
 * Nodes nobody writes more than he is for. The kubelet asks for tokens that are bound to a Pod, and the
 * API server puts the Node of that Pod beside the name of who asks (Kubernetes 1.30 and later).
 */
interface Limit {
  readonly name: string;
  /** The ServiceAccount that is held to it. */
  readonly account: string;
  readonly group: string;
  readonly plural: string;
  readonly operations: readonly ("CREATE" | "UPDATE")[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Each is CEL that must hold, and the sentence for who is refused. */
  readonly rules: readonly (readonly [expression: string, message: string])[];
}

const NODE_OF_TOKEN = "authentication.kubernetes.io/node-name";

/** "" for a token that is bound to no Pod, or to one that is on no Node yet. */
const ownNode = `request.userInfo.?extra[?'${NODE_OF_TOKEN}'][?0].orValue('')`;

const hasNode = [
  "variables.ownNode != ''",
  "this token of antrea-agent is bound to no Pod on a Node: use the one that the kubelet mounts",
] as const;

/** Parts of a Node that stay as they are, by their paths; members that are absent stay absent. */
function unchanged(...paths: readonly string[]): string {
  return paths
    .map((path) => path.replaceAll(".", ".?"))
    .map((path) => `object.?${path} == oldObject.?${path}`)
    .join(" && ");
}

const annotations = {
  annotations: "object.metadata.?annotations.orValue({})",
  oldAnnotations: "oldObject.metadata.?annotations.orValue({})",
};

/** Every annotation whose name does not begin so is there before and after, with one value. */
function annotationsOutside(prefix: string): string {
  const kept = (one: string, other: string) =>
    `${one}.all(key, key.startsWith('${prefix}') || ${other}[?key] == optional.of(${one}[key]))`;
  return `${kept("variables.annotations", "variables.oldAnnotations")} && ${kept("variables.oldAnnotations", "variables.annotations")}`;
}

const metadataOfNode = unchanged(
  "metadata.labels",
  "metadata.finalizers",
  "metadata.ownerReferences",
);

export const limits: readonly Limit[] = [
  {
    name: "antrea-agent-nodes",
    account: objectNames.agent,
    group: "",
    plural: "nodes",
    operations: ["UPDATE"],
    variables: { ownNode, ...annotations },
    rules: [
      hasNode,
      ["object.metadata.name == variables.ownNode", "antrea-agent changes its own Node alone"],
      [
        `${metadataOfNode} && ${unchanged("spec", "status")} && ${annotationsOutside("node.antrea.io/")}`,
        "antrea-agent changes nothing of a Node but annotations node.antrea.io/*",
      ],
    ],
  },
  {
    name: "antrea-agent-infos",
    account: objectNames.agent,
    group: CRD_GROUP,
    plural: "antreaagentinfos",
    operations: ["CREATE", "UPDATE"],
    variables: { ownNode },
    rules: [
      hasNode,
      [
        "object.metadata.name == variables.ownNode",
        "antrea-agent writes the AntreaAgentInfo of its own Node alone",
      ],
    ],
  },
  {
    name: "antrea-agent-events",
    account: objectNames.agent,
    group: "",
    plural: "events",
    operations: ["CREATE", "UPDATE"],
    variables: { ownNode },
    rules: [
      hasNode,
      [
        "object.involvedObject.kind == 'Node' && object.involvedObject.name == variables.ownNode",
        "antrea-agent tells Events of its own Node alone",
      ],
    ],
  },
  {
    name: "antrea-controller-nodes",
    account: objectNames.controller,
    group: "",
    plural: "nodes",
    operations: ["UPDATE"],
    rules: [
      [
        `${metadataOfNode} && ${unchanged(
          "metadata.annotations",
          ...["taints", "unschedulable", "providerID", "configSource"].map((one) => `spec.${one}`),
          "status",
        )}`,
        "antrea-controller changes nothing of a Node but its Pod CIDRs",
      ],
    ],
  },
];

const GROUP = "admissionregistration.k8s.io";

/** ValidatingAdmissionPolicy and its binding for each limit; a server before 1.30 has no such kinds. */
export function admissionManifests(): readonly Manifest[] {
  return limits.flatMap((limit) => [policy(limit), binding(limit)]);
}

/** The version of Kubernetes that has the kinds, and the Node beside a token's name. */
export const admissionSince = "1.30.0";

function policy(limit: Limit): Manifest {
  const { name, account, group, plural, operations, variables, rules } = limit;
  const spec = {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        { apiGroups: [group], apiVersions: ["*"], operations, resources: [plural], scope: "*" },
      ],
    },
    matchConditions: [
      {
        name: account,
        expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${account}'`,
      },
    ],
    ...(variables && {
      variables: Object.entries(variables).map(([key, expression]) => ({ name: key, expression })),
    }),
    validations: rules.map(([expression, message]) => ({
      expression,
      message,
      reason: "Forbidden",
    })),
  };
  return {
    ...clusterObject(`${GROUP}/v1`, "ValidatingAdmissionPolicy", name),
    spec,
  } as Manifest;
}

function binding({ name }: Limit): Manifest {
  const spec = { policyName: name, validationActions: ["Deny"] };
  return {
    ...clusterObject(`${GROUP}/v1`, "ValidatingAdmissionPolicyBinding", name),
    spec,
  } as Manifest;
}
