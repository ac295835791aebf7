import type { MetricDefinition } from "./metrics.ts";

/** What every program tells of its process, under the names that Prometheus' clients share. */
export const processMetrics = {
  cpu: {
    name: "process_cpu_seconds_total",
    kind: "counter",
    help: "Processor time of user and system together, in seconds.",
  },
  resident: {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    help: "Resident memory, in bytes.",
  },
  start: {
    name: "process_start_time_seconds",
    kind: "gauge",
    help: "When the process started, in seconds since 1970.",
  },
  openFiles: {
    name: "process_open_fds",
    kind: "gauge",
    help: "Open file descriptors.",
  },
  heap: {
    name: "nodejs_heap_size_used_bytes",
    kind: "gauge",
    help: "Memory that JavaScript values use, in bytes.",
  },
  collectionsAtRest: {
    name: "nodejs_gc_at_rest_total",
    kind: "counter",
    help: "How often unused memory was collected because the program was at rest.",
  },
  collectionsAtRestDuration: {
    name: "nodejs_gc_at_rest_seconds_total",
    kind: "counter",
    help: "How long the program stood still for that, in seconds.",
  },
  eventLoopUtilization: {
    name: "nodejs_eventloop_utilization",
    kind: "gauge",
    help: "Share of the time since the last scrape in which the event loop was busy, 0 to 1.",
  },
} as const satisfies Record<string, MetricDefinition>;
