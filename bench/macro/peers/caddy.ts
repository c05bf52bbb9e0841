/** Caddy; one worker means one processor for the Go scheduler. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianMissing } from '../installed.ts'
import type { Peer, PeerSetup } from './peer.ts'

export const caddy: Peer = {
  name: 'caddy',
  missing: () => debianMissing('caddy'),
  prepare(setup) {
    const file = join(setup.dir, 'caddy.json')
    writeFileSync(file, JSON.stringify(configuration(setup)))
    const env = { GOMAXPROCS: `${setup.workers}`, XDG_DATA_HOME: setup.dir, XDG_CONFIG_HOME: setup.dir }
    return { file: 'caddy', args: ['run', '--config', file], env }
  },
}

/** Caddy sets X-Forwarded-For, -Host and -Proto by itself. */
function configuration(setup: PeerSetup): object {
  const proxy = {
    handler: 'reverse_proxy',
    upstreams: [{ dial: `127.0.0.1:${setup.backendPort}` }],
    transport: { protocol: 'http', keep_alive: { max_idle_conns_per_host: 512 }, compression: false },
    headers: {
      request: {
        set: {
          'X-Real-IP': ['{http.request.remote.host}'],
          'X-Forwarded-Port': [`${setup.port}`],
        },
      },
    },
  }
  const server = {
    listen: [`127.0.0.1:${setup.port}`],
    automatic_https: { disable: true },
    protocols: ['h1'],
    idle_timeout: '1h',
    routes: [{ handle: [proxy] }],
    ...(setup.accessLog === undefined ? {} : { logs: { default_logger_name: 'access' } }),
  }
  const access = {
    writer: { output: 'file', filename: setup.accessLog },
    encoder: { format: 'json' },
    include: ['http.log.access.access'],
  }
  return {
    admin: { disabled: true },
    ...(setup.accessLog === undefined ? {} : { logging: { logs: { access } } }),
    apps: { http: { servers: { bench: server } } },
  }
}
