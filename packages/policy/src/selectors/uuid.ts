import { hash } from "node:crypto";

/** The namespace that Antrea's controller makes the names of groups in. */
const namespace = Buffer.from("e4f24a48ca1f4d5b819cea7632b22115", "hex");

/** A UUID of version 5 (RFC 9562 section 5.5): the same text always has the same. */
export function uuidOf(text: string): string {
  const digest = hash("sha1", Buffer.concat([namespace, Buffer.from(text)]), "hex");
  const version = `5${digest.slice(13, 16)}`;
  const variant = ((Number.parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    ...[digest.slice(0, 8), digest.slice(8, 12), version],
    ...[`${variant}${digest.slice(18, 20)}`, digest.slice(20, 32)],
  ].join("-");
}
