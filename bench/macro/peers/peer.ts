/** What a proxy has to say about itself to take part: is it here, how is it configured, how is it started. */
import type { Machinery } from '../machinery.ts'

export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  readonly both: string
}

export interface PeerSetup {
  /** Directory of its own, for configuration, temporary files and logs; removed afterwards. */
  readonly dir: string
  /** Loopback port to listen on, and one more for those who insist on an admin port. */
  readonly port: number
  /** Where `port` is for HTTPS, with HTTP/2: files of a certificate and its key, and of both, in PEM. */
  readonly tls: TlsFiles | undefined
  readonly adminPort: number
  readonly backendPort: number
  /** Whether the backend speaks HTTP/2, and gRPC is what goes there. */
  readonly grpc?: boolean
  readonly workers: number
  /** Virtual hosts to configure, all to the same backend; `*` takes any. Only Sluice is asked for more than one. */
  readonly hosts: readonly string[]
  /** What Sluice is asked to do about failing endpoints, where it is compared with itself. */
  readonly machinery: Machinery | undefined
  /** File of the access log, or undefined for none. */
  readonly accessLog: string | undefined
  /** Directory for V8 CPU profiles, where the peer is Sluice and somebody asked. */
  readonly profileDir: string | undefined
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  /** How to get it, in one sentence, where it is not installed. */
  missing(): string | undefined
  /** Writes the configuration into `setup.dir` and says how to start in the foreground. */
  prepare(setup: PeerSetup): Command
}
