import { clusterNetworkPolicyKind, networkPolicyKind } from "@antrea/api";
import { defaultsOf } from "./defaults.ts";
import { accepted, type Question, readObject, type Verdict, verdict } from "./verdict.ts";

export type Mutator = (question: Question) => Verdict;

export const mutateClusterPolicy: Mutator = (question) =>
  withDefaults(question, clusterNetworkPolicyKind);
export const mutateNamespacePolicy: Mutator = (question) =>
  withDefaults(question, networkPolicyKind);

/** What cannot be read is left as it is: why, is said by who validates. */
function withDefaults({ object }: Question, { fields }: typeof clusterNetworkPolicyKind): Verdict {
  const parsed = readObject(fields, object);
  return "refusal" in parsed ? accepted : verdict({ defaults: defaultsOf(parsed.value.spec) });
}
