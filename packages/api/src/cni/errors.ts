/** The error codes of the CNI specification 1.1.0, "Error", and ours from 100 on. */
export const cniErrors = {
  incompatibleVersion: { code: 1, meaning: "Incompatible CNI version" },
  unsupportedField: { code: 2, meaning: "Unsupported field in network configuration" },
  unknownContainer: { code: 3, meaning: "Container unknown or does not exist" },
  invalidEnvironment: { code: 4, meaning: "Invalid necessary environment variables" },
  ioFailure: { code: 5, meaning: "I/O failure" },
  decodingFailure: { code: 6, meaning: "Failed to decode content" },
  invalidNetworkConfig: { code: 7, meaning: "Invalid network configuration" },
  tryAgainLater: { code: 11, meaning: "Try again later" },
  notAvailable: { code: 50, meaning: "The plugin is not available" },
  limitedConnectivity: {
    code: 51,
    meaning: "The plugin is not available, and existing containers may have limited connectivity",
  },
  internal: { code: 100, meaning: "Internal error" },
  ipamFailure: { code: 101, meaning: "No address could be given" },
  interfaceFailure: { code: 102, meaning: "The interface could not be configured" },
  checkFailure: { code: 103, meaning: "The interface is not as it was configured" },
  incompatibleAgent: { code: 202, meaning: "Plugin and agent speak different protocol versions" },
} as const;

export type CniErrorName = keyof typeof cniErrors;

/** An error result, as a runtime reads it on standard output. */
export interface CniError {
  readonly code: number;
  /** One line. */
  readonly msg: string;
  /** What was seen and what to do. */
  readonly details?: string;
}

/** An error result of the table; `details` is whole sentences. */
export function cniError(name: CniErrorName, details?: string): CniError {
  const { code, meaning } = cniErrors[name];
  return details === undefined ? { code, msg: meaning } : { code, msg: meaning, details };
}

/** What a parser of this room gives: the value, or the error to answer with. */
export type CniParsed<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: CniError };
