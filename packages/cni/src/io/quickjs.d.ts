/** The parts of QuickJS's own modules that are used (its manual, section 3.3), and our C module. */
declare module "std" {
  export interface FILE {
    readAsString(maxSize?: number): string;
    puts(text: string): void;
    flush(): void;
    close(): number;
    error(): boolean;
  }
  const stdin: FILE;
  export const out: FILE;
  export { stdin as in };
  export function open(path: string, mode: string, error?: { errno: number }): FILE | null;
  export function getenv(name: string): string | undefined;
  export function exit(code: number): never;
  export function strerror(errno: number): string;
  export const Error: { readonly ENOENT: number };
}

declare module "os" {
  export function mkdir(path: string, mode: number): number;
  export function rename(from: string, to: string): number;
  export function remove(path: string): number;
  export function sleep(ms: number): void;
  /** Runs a program of the PATH to its end and gives its exit code. */
  export function exec(
    args: readonly string[],
    options: { readonly stdout: number; readonly stderr: number },
  ): number;
  export const O_WRONLY: number;
  export function open(path: string, flags: number): number;
  export function close(fd: number): number;
  /** The file's data, and 0 or an errno. */
  export function stat(path: string): readonly [object | null, number];
}

declare module "antrea_unix" {
  /** The line received; or what went wrong: "absent", "silent", and the errno. See native/unix.c. */
  export function unixRequest(path: string, line: string, timeoutMs: number): string | number;
}
