/** A metric as data: each room lists its own in `metrics.ts`; the reference page is printed from them. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, in the unit that ends the name. */
  readonly buckets?: readonly number[];
}

export type Labels = Readonly<Record<string, string>>;

/** Where numbers go. Names must have been defined before. */
export interface Metrics {
  define(...definitions: readonly MetricDefinition[]): void;
  inc(name: string, labels?: Labels, by?: number): void;
  set(name: string, value: number, labels?: Labels): void;
  observe(name: string, value: number, labels?: Labels): void;
  /** Called before each scrape, to set gauges that are read rather than counted. */
  onScrape(collect: () => void): void;
  /** The Prometheus text exposition. */
  text(): Promise<string>;
}
