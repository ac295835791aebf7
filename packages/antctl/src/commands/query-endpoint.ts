import { controllerApi, type EndpointPolicies } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import { sourceText } from "@antrea/policy";
import { defineCommand } from "../context.ts";
import { askController } from "../reach/ask.ts";

interface ConcernRow {
  readonly concern: string;
  readonly policy: string;
  readonly rule?: string;
}

export const queryEndpoint = defineCommand({
  name: "query endpoint",
  summary:
    "Print the policies that are for a Pod, and the rules that speak of it as the other side",
  description:
    "The controller is asked, which knows this of all policies. Rules that speak of the Pod by its address alone (ipBlock) are not found.",
  example: ["antctl query endpoint -p web-1 -n shop", "antctl query endpoint -p web-1 -o json"],
  args: {
    pod: text("The Pod", { short: "p", placeholder: "NAME", required: true }),
    namespace: text("Its Namespace, rather than default", {
      short: "n",
      placeholder: "NAMESPACE",
    }),
  },
  run: ({ args: { pod, namespace = "default" }, signal, ...context }) =>
    askController(context, controllerApi.endpoint, { query: { pod, namespace }, signal }),
  rows: rowsOf,
  data: (found: EndpointPolicies): unknown => found,
  columns: [
    { title: "CONCERN", cell: (row: ConcernRow) => row.concern },
    { title: "POLICY", cell: (row) => row.policy },
    { title: "RULE", cell: (row) => row.rule },
  ],
});

function rowsOf({ applied, peerOf }: EndpointPolicies): readonly ConcernRow[] {
  return [
    ...applied.map((policy) => ({ concern: "for it", policy: sourceText(policy) })),
    ...peerOf.map(({ policy, direction, index, name }) => ({
      concern: direction === "In" ? "from it" : "to it",
      policy: sourceText(policy),
      rule: `${direction === "In" ? "ingress" : "egress"} ${index}${name === "" ? "" : ` ${name}`}`,
    })),
  ];
}
