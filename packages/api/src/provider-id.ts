/** `spec.providerID` of a Node, "aws:///ZONE/i-…": the instance. */
export function awsInstance(providerId: string | undefined): string | undefined {
  return /^aws:\/\/.*\/(i-[0-9a-f]+)$/.exec(providerId ?? "")?.[1];
}

/** "gce://PROJECT/ZONE/INSTANCE" */
export function gcpInstance(providerId: string | undefined) {
  const [, project, zone, instance] =
    /^gce:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(providerId ?? "") ?? [];
  return project && zone && instance ? { project, zone, instance } : undefined;
}
