import { type CniError, cniError } from "@antrea/api/cni";
import { errorText, isAbort } from "@antrea/base";

/** An error that the runtime is told as it is. */
export class CniFailure extends Error {
  override readonly name = "CniFailure";
  readonly error: CniError;
  constructor(error: CniError, options?: ErrorOptions) {
    super(error.details ?? error.msg, options);
    this.error = error;
  }
}

/** What an ADD that failed says: `pod` could not be connected, and why. */
export function addFailure(error: unknown, pod: string): CniFailure {
  if (error instanceof CniFailure) return error;
  if (isAbort(error)) {
    return new CniFailure(
      cniError(
        "tryAgainLater",
        `Connecting ${pod} took too long; Open vSwitch did not answer in time.`,
      ),
      { cause: error },
    );
  }
  return new CniFailure(
    cniError("interfaceFailure", `Could not connect ${pod}: ${errorText(error)}.`),
    { cause: error },
  );
}
