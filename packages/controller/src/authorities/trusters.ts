import { objectNames } from "@antrea/api";
import { type KubeObject, type Resource, resources } from "@antrea/kube";

/** An object by which the API server calls us, and which says by what authorities it knows us. */
export interface Truster {
  readonly resource: Resource;
  readonly name: string;
}

export const webhookTrusters: readonly Truster[] = [
  { resource: resources.mutatingWebhookConfigurations, name: objectNames.mutatingWebhooks },
  { resource: resources.validatingWebhookConfigurations, name: objectNames.validatingWebhooks },
];

/** What has the API server hand requests for our groups on to us. */
export const apiServices: readonly Truster[] = [
  { resource: resources.apiServices, name: objectNames.controlplaneApi },
];

/** The object with `caBundle` (base64 of PEM) wherever it has one: an APIService in its spec, webhooks each. */
export function withCaBundle(object: KubeObject, caBundle: string): KubeObject {
  const { spec, webhooks } = object as {
    readonly spec?: object;
    readonly webhooks?: readonly { readonly clientConfig?: object }[];
  };
  return {
    ...object,
    ...(spec && { spec: { ...spec, caBundle } }),
    ...(webhooks && {
      webhooks: webhooks.map((one) => ({
        ...one,
        clientConfig: { ...one.clientConfig, caBundle },
      })),
    }),
  };
}
