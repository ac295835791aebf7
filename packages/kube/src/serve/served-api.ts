import type { HttpsAnswer } from "@antrea/base/io/https-server";
import type { Access, UserInfo } from "./review.ts";

/** An API of objects that a program serves beside its own paths, as an aggregated one. */
export interface ServedApi {
  /** Undefined for what is not its own. */
  find(request: ApiRequest): ServedCall | undefined;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface ServedCall {
  /** What RBAC must allow; undefined for what everybody may ask who has a name. */
  readonly access: Access | undefined;
  answer(user: UserInfo): HttpsAnswer;
}
