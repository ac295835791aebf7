/**
 * What the container runtime reads where the ConfigMap does not say otherwise: our plugin, then the
 * two standard ones that Pods expect. Also the manifest's own text.
 */
export const defaultConflist = `${JSON.stringify(
  {
    cniVersion: "1.0.0",
    name: "antrea",
    plugins: [
      { type: "antrea" },
      { type: "portmap", capabilities: { portMappings: true } },
      { type: "bandwidth", capabilities: { bandwidth: true } },
    ],
  },
  null,
  2,
)}\n`;
