import { createHash } from "node:crypto";
import { errorText } from "@antrea/base";
import type { Access, Decision, ResourceAccess, UserInfo } from "./review.ts";
import { shortMemory } from "./short-memory.ts";

/** Asks the API server. Both reject where it does not answer. */
export interface Reviewers {
  /** Undefined for a token that it does not know. */
  authenticate(token: string): Promise<UserInfo | undefined>;
  authorize(user: UserInfo, access: Access): Promise<Decision>;
}

export type Verdict =
  | { readonly kind: "allowed"; readonly user: UserInfo }
  | {
      readonly kind: "refused";
      readonly status: 401 | 403 | 429 | 503;
      readonly message: string;
    };

/** Lets requests in or not, by who asks: a header with his token, or who he is where that is known already. */
export type Gate = (
  who: string | undefined | UserInfo,
  /** Undefined for what needs no right. */
  access: Access | undefined,
) => Promise<Verdict>;

/** As kube-apiserver's own delegates remember, in milliseconds. */
const rememberMs = 10_000;
/** Questions that are put to the API server at a time. */
const mostAsked = 32;

export interface GateLimits {
  /** Answers that are remembered: of who somebody is, and of what he may. */
  readonly remembered: number;
  /** Questions that may wait until others are answered. More come from somebody who guesses. */
  readonly waiting: number;
}

export const usualGateLimits: GateLimits = { remembered: 1_000, waiting: 0 };

/** Authentication by TokenReview and authorization by SubjectAccessReview, each remembered for ten seconds. */
export function gate(
  reviewers: Reviewers,
  now: () => number,
  limits: GateLimits = usualGateLimits,
): Gate {
  const memory = { forMs: rememberMs, most: limits.remembered, now };
  const users = shortMemory<UserInfo | undefined>(memory);
  const decisions = shortMemory<Decision>(memory);
  const ask = turns(mostAsked, limits.waiting);

  return async (who, access) => {
    const token = typeof who === "object" ? undefined : bearerToken(who);
    if (token === undefined && typeof who !== "object") return refuse(401, noToken);
    try {
      // what is kept in memory must not be a token
      const known = createHash("sha256")
        .update(token ?? JSON.stringify(who))
        .digest("base64");
      const user =
        typeof who === "object"
          ? who
          : await users.get(known, () => ask(() => reviewers.authenticate(token as string)));
      if (!user) return refuse(401, badToken);
      if (!access) return { kind: "allowed", user };
      const decision = await decisions.get(JSON.stringify([known, access]), () =>
        ask(() => reviewers.authorize(user, access)),
      );
      return decision.isAllowed
        ? { kind: "allowed", user }
        : refuse(403, forbidden(user, access, decision));
    } catch (error) {
      if (error instanceof TooManyError)
        return refuse(429, "Too many callers are being looked up; wait and repeat");
      return refuse(503, `Who you are could not be asked of the API server: ${errorText(error)}`);
    }
  };
}

class TooManyError extends Error {}

/** Has so many questions be asked at a time; others wait their turn, and one that finds too many waiting fails. */
function turns(most: number, mostWaiting: number) {
  const waiting: (() => void)[] = [];
  let asked = 0;

  async function begin(): Promise<void> {
    if (asked < most) return void asked++;
    if (waiting.length >= mostWaiting) throw new TooManyError();
    await new Promise<void>((resolve) => void waiting.push(resolve));
  }

  /** Whoever waits longest has the place of the one that is over. */
  function end(): void {
    const next = waiting.shift();
    if (next) next();
    else asked -= 1;
  }

  return async <T>(question: () => Promise<T>): Promise<T> => {
    await begin();
    try {
      return await question();
    } finally {
      end();
    }
  };
}

/** RFC 6750 section 2.1; the scheme in any case. A token is bounded, as it becomes part of a request of ours. */
function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.~+/=-]{1,8192})$/i.exec(authorization ?? "")?.[1];
}

function refuse(status: 401 | 403 | 429 | 503, message: string): Verdict {
  return { kind: "refused", status, message };
}

const remedy =
  'send "Authorization: Bearer TOKEN" with a token of a ServiceAccount that may read here, such as that of: kubectl -n kube-system create token antctl';
const noToken = `Nobody is let in without a name: ${remedy}`;
const badToken = `The API server of this cluster does not know this token: ${remedy}`;

function forbidden(user: UserInfo, access: Access, { reason }: Decision): string {
  const said = reason === "" ? "" : ` (${reason})`;
  const { verb } = access;
  const [what, rule] =
    "path" in access
      ? [`"${access.path}"`, `nonResourceURLs ["${access.path}"]`]
      : [
          `${resourceOf(access)} of ${access.group}`,
          `apiGroups ["${access.group}"], resources ["${resourceOf(access)}"]`,
        ];
  return `User "${user.username}" may not ${verb} ${what}${said}: grant it by a ClusterRole with ${rule}, verbs ["${verb}"], and a ClusterRoleBinding`;
}

function resourceOf({ resource, subresource }: ResourceAccess): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
