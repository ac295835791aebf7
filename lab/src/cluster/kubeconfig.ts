/** Who asks, and where the API is. Keys and certificates are PEM text. */
export interface KubeconfigParts {
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Name of the context, shown by `kubectl config get-contexts`. */
  readonly context: string;
  readonly user: string;
}

/** A kubeconfig with everything inside, so that it works wherever it is copied. JSON is YAML. */
export function formatKubeconfig(parts: KubeconfigParts): string {
  const { server, authority, certificate, key, context, user } = parts;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    clusters: [
      { name: context, cluster: { server, "certificate-authority-data": base64(authority) } },
    ],
    users: [
      {
        name: user,
        user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
