/** Writes our container images as one archive that docker, podman, skopeo and ctr read: `make images`. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { exportProductImages } from "@antrea/lab/images";

const [file = "build/images.tar"] = process.argv.slice(2);
mkdirSync(dirname(file), { recursive: true });
await exportProductImages(file);
console.log(
  `${file}: load it with "docker load", "podman load" or "ctr --namespace k8s.io images import"`,
);
