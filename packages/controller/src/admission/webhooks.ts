import type { OpenPaths } from "@antrea/kube/io";
import {
  mutateClusterPolicy,
  mutateNamespacePolicy,
  type Mutator,
  validateAdminPolicy,
  validateBaselineAdminPolicy,
  validateClusterGroup,
  validateClusterPolicy,
  validateGroup,
  validateKubernetesClusterPolicy,
  validateNamespacePolicy,
  validateTier,
  type Validation,
  type Validator,
} from "@antrea/policy/admission";
import { parseReview, reviewAnswer, unavailableAnswer } from "./review.ts";

/** What the API server calls us at; the manifest's configurations name the same paths. */
const mutators: ReadonlyMap<string, Mutator> = new Map([
  ["/mutate/acnp", mutateClusterPolicy],
  ["/mutate/annp", mutateNamespacePolicy],
]);
const validators: ReadonlyMap<string, Validator> = new Map([
  ["/validate/tier", validateTier],
  ["/validate/acnp", validateClusterPolicy],
  ["/validate/annp", validateNamespacePolicy],
  ["/validate/clustergroup", validateClusterGroup],
  ["/validate/group", validateGroup],
  ["/validate/cnp", validateKubernetesClusterPolicy],
  ["/validate/anp", validateAdminPolicy],
  ["/validate/banp", validateBaselineAdminPolicy],
]);

/** An object as large as etcd keeps one, as it was and as it is to be, and what is about them. */
const mostBodyBytes = 4 << 20;

/** Answers what the API server asks. It sends no token, so everybody may ask; nobody learns of others' objects. */
export function webhooks(validation: Validation): OpenPaths {
  return {
    mostBodyBytes: (path) =>
      mutators.has(path) || validators.has(path) ? mostBodyBytes : undefined,
    async answer({ method, path, body }) {
      if (method !== "POST") return refusal(405, "Reviews are sent by POST");
      const review = parseReview(body);
      if ("problem" in review) return refusal(400, `This is no AdmissionReview: ${review.problem}`);
      const mutate = mutators.get(path);
      if (mutate) return ok(reviewAnswer(review, mutate(review.question)));
      const validate = validators.get(path);
      if (!validate) return refusal(404, "There is no such webhook");
      if (!validation.knowledge.isComplete) return ok(unavailableAnswer(review, notYet));
      return ok(reviewAnswer(review, await validate(review.question, validation)));
    },
  };
}

const notYet =
  "antrea-controller has started a moment ago and does not know the Tiers and groups of the cluster yet; repeat it";

function ok(answer: object) {
  return { status: 200, body: JSON.stringify(answer) };
}

function refusal(status: number, message: string) {
  return { status, body: JSON.stringify({ message }) };
}
