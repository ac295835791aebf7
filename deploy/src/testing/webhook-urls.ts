import { parseAllDocuments } from "yaml";
import { manifestText } from "../manifest.ts";
import type { Manifest } from "../object.ts";

/** What antrea.yml installs. */
export function manifestObjects(): readonly Manifest[] {
  return parseAllDocuments(manifestText()).map((one) => one.toJS() as Manifest);
}

export function isWebhooks({ kind }: Manifest): boolean {
  return kind.endsWith("WebhookConfiguration");
}

/** For a kube-apiserver without Services: it calls the controller at a port of this machine. */
export function withUrls(manifest: Manifest, port: number): Manifest {
  const { webhooks } = manifest as Manifest & {
    readonly webhooks: readonly { readonly clientConfig: { readonly service: { path: string } } }[];
  };
  return {
    ...manifest,
    webhooks: webhooks.map(({ clientConfig, ...hook }) => ({
      ...hook,
      clientConfig: { url: `https://127.0.0.1:${port}${clientConfig.service.path}` },
    })),
  } as Manifest;
}
