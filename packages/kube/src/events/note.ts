/** The object that an Event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** Without it `kubectl describe` does not show the Event. */
  readonly uid?: string | undefined;
}

/** What to tell users about an object: `kubectl describe` shows it. */
export interface Note {
  readonly regarding: Regarding;
  readonly type: "Normal" | "Warning";
  /** One word in UpperCamelCase, for machines. */
  readonly reason: string;
  /** A sentence for people. */
  readonly message: string;
}
