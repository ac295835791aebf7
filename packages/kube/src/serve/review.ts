import { isRecord } from "../object.ts";

/** Who somebody is, as the API server says (authentication.k8s.io/v1 UserInfo). */
export interface UserInfo {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A request for something that is no object, as RBAC's nonResourceURLs name it. */
export interface PathAccess {
  /** The method in small letters. */
  readonly verb: string;
  readonly path: string;
}

/** A request for objects of a resource. */
export interface ResourceAccess {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly name?: string | undefined;
}

export type Access = PathAccess | ResourceAccess;

export interface Decision {
  readonly isAllowed: boolean;
  /** The authorizer's own words; "" for none. */
  readonly reason: string;
}

export const tokenReviews = "/apis/authentication.k8s.io/v1/tokenreviews";
export const accessReviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

export function tokenReview(token: string): object {
  return { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
}

/** Undefined where the API server does not know the token. */
export function userOf(review: unknown): UserInfo | undefined {
  const status = member(review, "status");
  const user = member(status, "user");
  const username = user["username"];
  if (status["authenticated"] !== true || typeof username !== "string" || username === "")
    return undefined;
  const extra = Object.entries(member(user, "extra")).map(
    ([key, values]) => [key, texts(values)] as const,
  );
  return {
    username,
    uid: typeof user["uid"] === "string" ? user["uid"] : "",
    groups: texts(user["groups"]),
    extra: Object.fromEntries(extra),
  };
}

export function accessReview(user: UserInfo, access: Access): object {
  const { username, uid, groups, extra } = user;
  const asked =
    "path" in access ? { nonResourceAttributes: access } : { resourceAttributes: access };
  return {
    ...{ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
    spec: { user: username, uid, groups, extra, ...asked },
  };
}

export function decisionOf(review: unknown): Decision {
  const status = member(review, "status");
  return {
    isAllowed: status["allowed"] === true && status["denied"] !== true,
    reason: typeof status["reason"] === "string" ? status["reason"] : "",
  };
}

function member(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const found = isRecord(value) ? value[name] : undefined;
  return isRecord(found) ? found : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
