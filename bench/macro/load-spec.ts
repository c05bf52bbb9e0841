/** What is asked of a load, and what it tells. */

export interface RequestSpec {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly bodyBytes: number
  /** Choose the host anew for each request, which costs wrk more than sending one request again. */
  readonly rotateHosts?: boolean
  /** Over TLS. */
  readonly tls?: boolean
  /** By HTTP/2, so many at once on each connection. */
  readonly streams?: number
  /** As calls of gRPC, to a backend that speaks HTTP/2. */
  readonly grpc?: boolean
  /** A connection for each request, and a handshake: a whole one, or one that resumes a session. */
  readonly handshake?: 'full' | 'resumed'
  /** Instead of as many as the options say. */
  readonly connections?: number
  /** With the fields that a browser sends, instead of hardly any. */
  readonly browser?: boolean
}

export interface LoadSpec {
  readonly dir: string
  readonly port: number
  readonly hosts: readonly string[]
  readonly request: RequestSpec
  readonly connections: number
  readonly seconds: number
  readonly core: number | undefined
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** NaN where the load does not tell. */
  readonly p99Ms: number
  /** Failed connections, reads, writes, timeouts, and answers with a status of 400 or more. */
  readonly errors: number
}

/** Puts a program on the core of the load. */
export function pinned(core: number | undefined, command: readonly string[]): [string, ...string[]] {
  const [file = '', ...args] = core === undefined ? command : ['taskset', '-c', `${core}`, ...command]
  return [file, ...args]
}
