/** The object that a policy was made of as logs and statuses name it: "K8sNetworkPolicy:shop/web". */
export function sourceText(source: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  const { kind, namespace, name } = source;
  return `${kind}:${namespace === "" ? name : `${namespace}/${name}`}`;
}
