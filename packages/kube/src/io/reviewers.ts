import type { KubeClient } from "../client.ts";
import type { Reviewers } from "../serve/gate.ts";
import {
  accessReview,
  accessReviews,
  decisionOf,
  tokenReview,
  tokenReviews,
  userOf,
} from "../serve/review.ts";

/** A caller waits for the answer, so it is not waited for long. */
const timeoutMs = 5_000;

/** Asks by TokenReview and SubjectAccessReview, for which the program needs the right to create them. */
export function kubeReviewers(client: Pick<KubeClient, "request">): Reviewers {
  const post = (path: string, review: object): Promise<unknown> =>
    client.request({ method: "POST", path, body: JSON.stringify(review) }, { timeoutMs });
  return {
    authenticate: async (token) => userOf(await post(tokenReviews, tokenReview(token))),
    authorize: async (user, access) =>
      decisionOf(await post(accessReviews, accessReview(user, access))),
  };
}
