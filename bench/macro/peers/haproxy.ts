/** HAProxy with one thread for each worker, reusing upstream connections as freely as it can. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianMissing } from '../installed.ts'
import type { Peer, PeerSetup } from './peer.ts'

export const haproxy: Peer = {
  name: 'haproxy',
  missing: () => debianMissing('haproxy'),
  prepare(setup) {
    const file = join(setup.dir, 'haproxy.cfg')
    writeFileSync(file, configuration(setup))
    return { file: 'haproxy', args: ['-db', '-f', file] }
  },
}

/** It logs to syslog or standard output only, so a file of its own is out of its reach: the output is one here. */
function configuration(setup: PeerSetup): string {
  const log = setup.accessLog === undefined ? '' : 'log stdout format raw local0\n  option httplog'
  return `global
  nbthread ${setup.workers}
  maxconn 8000
defaults
  mode http
  ${log}
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
frontend front
  bind 127.0.0.1:${setup.port} backlog 4096${setup.tls === undefined ? '' : ` ssl crt ${setup.tls.both} alpn h2,http/1.1`}
  option forwardfor
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto ${setup.tls === undefined ? 'http' : 'https'}
  default_backend back
backend back
  server backend 127.0.0.1:${setup.backendPort} pool-max-conn 512
`
}
