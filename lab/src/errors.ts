/** What a failed command or check tells a person: what was seen, what was wanted, what to do. */
export interface Complaint {
  readonly saw: string;
  readonly wanted: string;
  readonly remedy: string;
}

/** A failure that a person can act on; its message is the three sentences. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly complaint: Complaint;
  constructor(complaint: Complaint, cause?: unknown) {
    const { saw, wanted, remedy } = complaint;
    super(`${saw}\n  wanted: ${wanted}\n  to do:  ${remedy}`, cause === undefined ? {} : { cause });
    this.complaint = complaint;
  }
}
