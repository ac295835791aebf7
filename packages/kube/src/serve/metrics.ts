import type { MetricDefinition } from "@antrea/base";

/** What an API of ours counts; whoever hands a registry to `secureApi()` defines them there. */
export const apiMetrics = {
  requests: {
    name: "antrea_api_requests_total",
    kind: "counter",
    help: "Requests to this program's API, by the HTTP status of the answer: many of 401, 403 or 429 are somebody who should not be there.",
    labels: ["code"],
  },
  certificateEnd: {
    name: "antrea_api_certificate_expiration_timestamp_seconds",
    kind: "gauge",
    help: "When the certificate ends that this program's API shows, in seconds since 1970. It is replaced before.",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
