/** Why the kernel's network could not be read or changed. `entry` names what was asked for. */
export type HostProblem =
  /** The kernel said no: `errno` by its name ("EEXIST"), `hint` its own sentence if it gave one. */
  | {
      readonly code: "refused";
      readonly entry: string;
      readonly errno: string;
      readonly hint?: string | undefined;
    }
  /** A device that the entry needs is not there, or not yet. */
  | { readonly code: "no-device"; readonly entry: string; readonly device: string }
  | { readonly code: "no-namespace"; readonly entry: string; readonly path: string }
  /** Nobody answered the kernel when it asked for the neighbour. */
  | { readonly code: "no-neighbour"; readonly entry: string; readonly device: string }
  /** `nft` refused the transaction, none of which was applied. */
  | { readonly code: "nft"; readonly entry: string; readonly text: string }
  /** Another program said what we do not understand. */
  | { readonly code: "program"; readonly entry: string; readonly text: string };

export class HostError extends Error {
  override readonly name = "HostError";
  readonly problem: HostProblem;

  constructor(problem: HostProblem, options?: ErrorOptions) {
    super(problemText(problem), options);
    this.problem = problem;
  }
}

function problemText(problem: HostProblem): string {
  switch (problem.code) {
    case "refused": {
      const hint = problem.hint ? ` (${problem.hint})` : "";
      return `The kernel refused ${problem.entry}: ${problem.errno}${hint}`;
    }
    case "no-device":
      return `No device ${problem.device}, which ${problem.entry} needs`;
    case "no-namespace":
      return `No network namespace at ${problem.path}, which ${problem.entry} needs`;
    case "no-neighbour":
      return `Nobody on ${problem.device} answers for ${problem.entry}`;
    case "program":
      return `${problem.entry} said: ${problem.text}`;
    case "nft":
      return `nft refused ${problem.entry}: ${problem.text}`;
  }
}

/** Whether `error` is the kernel's refusal with this errno. */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  return (
    error instanceof HostError &&
    error.problem.code === "refused" &&
    names.includes(error.problem.errno)
  );
}
