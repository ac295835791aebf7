/** Why something asked of OVSDB (or of a daemon's control socket) did not happen. */
export type OvsdbProblem =
  /** The server refused the transaction; none of its operations took effect. */
  | {
      readonly code: "refused";
      /** RFC 7047 section 3.1: "constraint violation", "referential integrity violation", … */
      readonly error: string;
      readonly details: string;
      /** Index of the operation at fault; undefined when the whole failed at commit. */
      readonly operation: number | undefined;
    }
  /** The server answered a request with an error. */
  | { readonly code: "rpc-error"; readonly method: string; readonly error: string }
  /** The connection ended. Where `isSent`, whether it took effect is unknown: look at the replica. */
  | { readonly code: "disconnected"; readonly method: string; readonly isSent: boolean }
  /** The server answered with something that RFC 7047 does not allow. */
  | { readonly code: "bad-reply"; readonly method: string; readonly reason: string }
  /** The database has a port of this name, which is not ours, on another bridge. */
  | { readonly code: "port-elsewhere"; readonly port: string; readonly bridge: string | undefined }
  | { readonly code: "no-bridge"; readonly bridge: string }
  /** ovs-vswitchd could not make the interface; the text is its own. */
  | { readonly code: "interface-error"; readonly interface: string; readonly error: string };

/** Callers switch on `problem.code`; the message is for people. */
export class OvsdbError extends Error {
  override readonly name = "OvsdbError";
  readonly problem: OvsdbProblem;

  constructor(problem: OvsdbProblem, cause?: unknown) {
    super(sentence(problem), cause === undefined ? {} : { cause });
    this.problem = problem;
  }
}

/** Whether `error` is an OvsdbError of the given code. */
export function isOvsdbError(error: unknown, code: OvsdbProblem["code"]): error is OvsdbError {
  return error instanceof OvsdbError && error.problem.code === code;
}

function sentence(problem: OvsdbProblem): string {
  switch (problem.code) {
    case "refused": {
      const where =
        problem.operation === undefined ? "at commit" : `at operation ${problem.operation}`;
      return `OVSDB refused the transaction ${where}: ${problem.error}${problem.details && `: ${problem.details}`}`;
    }
    case "rpc-error":
      return `${problem.method} failed: ${problem.error}`;
    case "disconnected":
      return problem.isSent
        ? `The connection ended while ${problem.method} was under way; its outcome is unknown`
        : `The connection ended before ${problem.method} was sent`;
    case "bad-reply":
      return `The answer to ${problem.method} is malformed: ${problem.reason}`;
    case "port-elsewhere":
      return `Port ${problem.port} belongs to ${problem.bridge === undefined ? "no bridge" : `bridge ${problem.bridge}`} and is not ours to move`;
    case "no-bridge":
      return `The database has no bridge ${problem.bridge}`;
    case "interface-error":
      return `Open vSwitch could not set up interface ${problem.interface}: ${problem.error}`;
  }
}
