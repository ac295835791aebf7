/** The versions of the CNI specification that are spoken, oldest first. */
export const cniVersions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;
export type CniVersion = (typeof cniVersions)[number];

export const latestCniVersion: CniVersion = "1.1.0";

/** A network configuration without a version means this one (specification 0.2.0); it is not spoken. */
export const impliedCniVersion = "0.1.0";

export function parseCniVersion(text: string): CniVersion | undefined {
  return cniVersions.find((version) => version === text);
}

/** Whether `version` has what was added in `since`. */
export function atLeast(version: CniVersion, since: CniVersion): boolean {
  return cniVersions.indexOf(version) >= cniVersions.indexOf(since);
}
