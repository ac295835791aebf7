/** A rule of RBAC for objects, as roles have it. */
export interface ObjectRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What somebody asked of the API server, as its audit log tells (audit.k8s.io/v1 Event). */
export interface AuditedRequest {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as rules have it: `nodes/status`. */
  readonly resource: string;
  readonly name: string;
  /** HTTP status of the answer; 0 where there was none. */
  readonly code: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** Of the lines of an audit log, what this user asked. */
export function requestsOf(log: string, user: string): readonly AuditedRequest[] {
  return log
    .split("\n")
    .filter((line) => line.endsWith("}")) // the last one may be half written
    .flatMap((line) => {
      const event = JSON.parse(line) as AuditEvent;
      if (event.user.username !== user || !event.objectRef) return [];
      const { apiGroup: group = "", subresource, name = "" } = event.objectRef;
      const resource = [event.objectRef.resource, subresource].filter(Boolean).join("/");
      return [{ verb: event.verb, group, resource, name, code: event.responseStatus?.code ?? 0 }];
    });
}

/** The verbs of these rules that nobody used. */
export function unusedOf(
  rules: readonly ObjectRule[],
  asked: readonly AuditedRequest[],
): readonly string[] {
  return rules.flatMap((rule) =>
    rule.verbs
      .filter((verb) => !asked.some((one) => isUse(rule, verb, one)))
      .map((verb) => `${verb} ${rule.resources.join()}`),
  );
}

function isUse(rule: ObjectRule, verb: string, asked: AuditedRequest): boolean {
  // Server-side apply that makes an object is a patch in the log, but needs the right to create.
  const verbs = asked.verb === "patch" && asked.code === 201 ? ["patch", "create"] : [asked.verb];
  return (
    verbs.includes(verb) &&
    rule.apiGroups.includes(asked.group) &&
    rule.resources.includes(asked.resource) &&
    (rule.resourceNames?.includes(asked.name) ?? true)
  );
}
