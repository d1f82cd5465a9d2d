/**
 * Who moves: Dipper and its peers, with their configurations and what each of them checks.
 *
 * @module
 */
import type { Direction } from "./jobs.ts";

export const PEERS = ["dipper", "s5cmd", "rclone", "aws", "obstore", "boto3"] as const;
export type PeerName = (typeof PEERS)[number];

/** Versions that are installed for the bench. */
export const VERSIONS = {
  s5cmd: "v2.3.0",
  rclone: "v1.75.0",
  awscli: "1.46.3",
  obstore: "0.12.1",
  boto3: "1.44.5",
} as const;

/** As it is printed. */
export const ABOUT: Readonly<Record<PeerName, { configuration: string; checks: string }>> = {
  dipper: {
    configuration: "dipper cp, installed, nothing set",
    checks: "CRC-32 of each object or part, both ways; size and ETag of sources",
  },
  s5cmd: {
    configuration: `s5cmd ${VERSIONS.s5cmd} cp, 256 workers (its default)`,
    checks: "Content-MD5 or SHA-256 of parts going up; none coming down",
  },
  rclone: {
    configuration: `rclone ${VERSIONS.rclone} copy --transfers 32 --checkers 32`,
    checks: "MD5 both ways where the ETag is one",
  },
  aws: {
    configuration: `aws-cli ${VERSIONS.awscli} s3 cp --recursive`,
    checks: "CRC going up; CRC coming down where the service gives one",
  },
  obstore: {
    configuration: `obstore ${VERSIONS.obstore}, 32 at once, parts of 16 MiB × 12`,
    checks: "none beyond the length",
  },
  boto3: {
    configuration: `boto3 ${VERSIONS.boto3} upload_file, download_file, copy by 16 threads`,
    checks: "CRC going up; CRC coming down where the service gives one",
  },
};

/** Where the peers' programs are. */
export interface Programs {
  readonly dipper: string;
  readonly s5cmd: string;
  readonly rclone: string;
  readonly aws: string;
  readonly python: string;
}

/** From where to where: folders, or `bucket/prefix`. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  /** The one name below them, if there is but one: it is moved by its name. */
  readonly only?: string;
}

/** The command line with which `peer` moves all below `from`. */
export function commandOf(
  peer: PeerName,
  direction: Direction,
  { from, to, only }: Ends,
  programs: Programs,
  endpoint: string,
): { readonly command: string; readonly args: readonly string[] } {
  const below = only === undefined ? "" : `/${only}`;
  const isOne = only !== undefined;
  const source = (direction === "up" ? from : `s3://${from}`) + below;
  const target = (direction === "down" ? to : `s3://${to}`) + below;
  const script = (path: string) => new URL(path, import.meta.url).pathname;
  switch (peer) {
    case "dipper":
      return {
        command: programs.dipper,
        args: ["--quiet", "cp", ...(isOne ? [] : ["--recursive"]), source, target],
      };
    case "s5cmd":
      return {
        command: programs.s5cmd,
        args: [
          "--log",
          "error",
          "cp",
          ...(isOne ? [source, target] : [`${source}/*`, `${target}/`]),
        ],
      };
    case "rclone": {
      const remote = (path: string) => `:s3:${path}`;
      return {
        command: programs.rclone,
        args: [
          isOne ? "copyto" : "copy",
          (direction === "up" ? from : remote(from)) + below,
          (direction === "down" ? to : remote(to)) + below,
          "--config=",
          "--s3-provider=Other",
          "--s3-env-auth",
          "--s3-force-path-style",
          `--s3-endpoint=${endpoint}`,
          "--transfers=32",
          "--checkers=32",
        ],
      };
    }
    case "aws":
      return {
        command: programs.aws,
        args: ["s3", "cp", ...(isOne ? [] : ["--recursive"]), "--only-show-errors", source, target],
      };
    case "obstore":
    case "boto3":
      return {
        command: programs.python,
        args: [script("./python_peers.py"), peer, direction, from, to],
      };
  }
}
