import { shape } from "@antrea/base";
import type { PodReceipt } from "../model.ts";
import { apiVersion, type WireKind } from "./kind.ts";
import { metadataShape } from "./wire.ts";

const kind = "PodReceipt";

const receipt = shape.object({
  metadata: metadataShape,
  pod: shape.object({ namespace: shape.text, name: shape.text }),
});

export const podReceiptWire: WireKind<PodReceipt> = {
  kind,
  nameOf: ({ uid }) => uid,
  encode: ({ uid, pod }) => ({ apiVersion, kind, metadata: { name: uid }, pod }),
  decode(object) {
    const { metadata, pod } = receipt.read(object, "");
    return { uid: metadata.name, pod };
  },
};
