/**
 * All that the plugin needs of the world. The plugin itself names no engine's modules, so one source
 * runs in QuickJS (the file that is installed) and in Node (its reference in tests).
 */
export interface PluginWorld {
  /** All of standard input; undefined if it is larger than any network configuration is. */
  readStdin(): MaybeSoon<string | undefined>;
  /** An environment variable; undefined or "" if it is not set. */
  getenv(name: string): string | undefined;
  /** Sends one line over a Unix socket and waits for one line, all within `timeoutMs`. */
  unixRequest(path: string, line: string, timeoutMs: number): MaybeSoon<UnixAnswer>;
  sleep(ms: number): MaybeSoon<void>;
  writeOut(text: string): void;
  /** Writes a file wholly or not at all, and makes its folder; throws with the system's reason. */
  writeFile(path: string, text: string): void;
  /** Removes a file; none there is as good. */
  removeFile(path: string): void;
  /** Shows the namespace at `path` also at `at`, and makes its folder; throws with the reason. */
  lendNamespace(path: string, at: string): void;
  /** Ends that; nothing there is as good. */
  returnNamespace(at: string): void;
}

type MaybeSoon<T> = T | Promise<T>;

export type UnixAnswer =
  | { readonly kind: "line"; readonly line: string }
  /** Nobody took the request, or whoever took it died before answering. `mayCome`: nobody listens, so far. */
  | { readonly kind: "absent"; readonly reason: string; readonly mayCome: boolean }
  /** Somebody took the request and has not answered in time. */
  | { readonly kind: "silent" };

/** Bytes of standard input that are read: with what is added, it fits into one line that the agent takes. */
export const maxConfigSize = 512 << 10;
