import { parseShape, type ShapeType, shape } from "@antrea/base";
import { type Question, refusalText, type Verdict } from "@antrea/policy/admission";

/** AdmissionReview of `admission.k8s.io/v1`, as much as is read of it and all that is written. */

const version = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" } as const;

const requestShape = shape.object({
  apiVersion: shape.oneOf([version.apiVersion]),
  kind: shape.oneOf([version.kind]),
  request: shape.object({
    uid: shape.text,
    kind: shape.object({ group: shape.text, kind: shape.text }),
    name: shape.optional(shape.text),
    namespace: shape.optional(shape.text),
    operation: shape.oneOf(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    userInfo: shape.object({ username: shape.optional(shape.text) }),
    object: shape.optional(shape.anything),
    oldObject: shape.optional(shape.anything),
  }),
});

export interface Review {
  readonly uid: string;
  readonly kind: ShapeType<typeof requestShape>["request"]["kind"];
  readonly question: Question;
}

export function parseReview(body: string): Review | { readonly problem: string } {
  const parsed = parseShape(requestShape, parseJson(body));
  if ("problem" in parsed) return parsed;
  const { uid, kind, operation, userInfo, name, namespace, object, oldObject } =
    parsed.value.request;
  const question = {
    operation,
    name: name ?? "",
    namespace: namespace ?? "",
    username: userInfo.username ?? "",
    object,
    oldObject,
  };
  return { uid, kind, question };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Causes are what kubectl prints line by line. */
export function reviewAnswer({ uid, kind, question }: Review, verdict: Verdict): object {
  const { refusals, warnings, defaults } = verdict;
  const status = {
    status: "Failure",
    code: 422,
    reason: "Invalid",
    message: refusals.map(refusalText).join("; "),
    details: {
      ...{ name: question.name, group: kind.group, kind: kind.kind },
      causes: refusals.map(({ at, seen, right }) => ({
        reason: "FieldValueInvalid",
        field: at,
        message: `${seen}, but ${right}`,
      })),
    },
  };
  const isAllowed = refusals.length === 0;
  return {
    ...version,
    response: {
      uid,
      allowed: isAllowed,
      ...(isAllowed ? {} : { status }),
      ...(isAllowed && warnings.length > 0 ? { warnings } : {}),
      ...(isAllowed && defaults.length > 0 ? patchOf(defaults) : {}),
    },
  };
}

function patchOf(defaults: Verdict["defaults"]): object {
  const patch = defaults.map(({ path, value }) => ({ op: "add", path, value }));
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") };
}

/** Refuses without a look at the object, as `message` says. */
export function unavailableAnswer({ uid }: Review, message: string): object {
  const status = { status: "Failure", code: 503, reason: "ServiceUnavailable", message };
  return { ...version, response: { uid, allowed: false, status } };
}
