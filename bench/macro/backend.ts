/** The backend behind every peer: an nginx of its own that costs as little as a real answer can. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, freePort } from './child.ts'
import { BACKEND_ADDRESSES } from './machinery.ts'
import { ownPlaces } from './peers/nginx.ts'

const GRPC_BACKEND = fileURLToPath(new URL('grpc-backend.ts', import.meta.url))

export interface Backend {
  readonly port: number
  /** Where calls of gRPC are answered, by HTTP/2 in clear text: see grpc-backend.ts. */
  readonly h2cPort: number
  stop(): Promise<void>
}

/** `/67`, `/16k`, `/100k` and `/1m` answer with that many bytes; `/sink` takes a body and answers shortly. */
export async function startBackend(parent: string, core: number | undefined): Promise<Backend> {
  const dir = join(parent, 'backend')
  const port = await freePort()
  const h2cPort = await freePort()
  mkdirSync(dir)
  writeFileSync(join(dir, '16k'), Buffer.alloc(16 * 1024, 'x'))
  writeFileSync(join(dir, '100k'), Buffer.alloc(100 * 1024, 'x'))
  writeFileSync(join(dir, '1m'), Buffer.alloc(1024 * 1024, 'x'))
  const file = join(dir, 'nginx.conf')
  writeFileSync(file, configuration(dir, port))
  const args = ['-p', dir, '-e', join(dir, 'error.log'), '-c', file]
  const child = new Child({ command: { file: 'nginx', args }, dir, core })
  await child.ready(port, 'backend.test')
  const calls = new Child({ command: { file: process.execPath, args: [GRPC_BACKEND, `${h2cPort}`] }, dir, core })
  return { port, h2cPort, stop: () => Promise.all([child.stop(), calls.stop()]).then(() => {}) }
}

function configuration(dir: string, port: number): string {
  return `daemon off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  ${ownPlaces(dir)}
  access_log off;
  sendfile on;
  tcp_nodelay on;
  open_file_cache max=10;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  server {
    ${BACKEND_ADDRESSES.map((address) => `listen ${address}:${port} backlog=4096;`).join('\n    ')}
    root ${dir};
    location = /67 { return 200 "${'x'.repeat(67)}"; }
    location = /sink { return 200 "taken"; }
    location / { }
  }
}
`
}
