/**
 * nginx as a plain proxy, set up by somebody who knows it: keep-alive on both sides and connections that are not
 * recycled, the forwarded fields, and a request buffer that holds the bodies of the scenarios (they would go through
 * a file otherwise). Buffering of answers is left at its defaults; see `nginxTuned` for what larger buffers do.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianMissing } from '../installed.ts'
import type { Peer, PeerSetup, TlsFiles } from './peer.ts'

const FORWARDED = `
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $scheme;`

const GRPC = `
      grpc_pass grpc://backend;
      grpc_set_header Host $http_host;
      grpc_set_header X-Real-IP $remote_addr;
      grpc_set_header X-Forwarded-For $remote_addr;
      grpc_set_header X-Forwarded-Host $http_host;
      grpc_set_header X-Forwarded-Port $server_port;
      grpc_set_header X-Forwarded-Proto $scheme;`

/** The fields of our own line, see src/proxy/access-log.ts. */
const LOG_FORMAT = `log_format rich escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method",'
    '"host":"$host","path":"$request_uri","proto":"$server_protocol","status":$status,"fault":"","duration_ms":$request_time,'
    '"upstream":"$upstream_addr","upstream_ms":"$upstream_header_time","attempts":1,"bytes_received":$request_length,'
    '"bytes_sent":$body_bytes_sent,"namespace":"bench","ingress":"bench","service":"bench","variant":"","request_id":"$request_id",'
    '"user_agent":"$http_user_agent","referer":"$http_referer"}';`

/** Paths that nginx would otherwise take from the place it was built for. */
export function ownPlaces(dir: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((k) => `${k}_temp_path ${dir}/${k};`)
  return temporary.join('\n  ')
}

function configuration(setup: PeerSetup, location: string): string {
  const log = setup.accessLog === undefined ? 'off' : `${setup.accessLog} rich buffer=64k flush=1s`
  return `daemon off;
pid ${setup.dir}/nginx.pid;
error_log ${setup.dir}/error.log;
worker_processes ${setup.workers};
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  ${ownPlaces(setup.dir)}
  ${LOG_FORMAT}
  access_log ${log};
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_buffer_size 32k;
  upstream backend {
    server 127.0.0.1:${setup.backendPort};
    keepalive 512;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen 127.0.0.1:${setup.port}${setup.tls === undefined ? '' : ' ssl http2'} reuseport backlog=4096;
    server_name _;${setup.tls === undefined ? '' : tls(setup.tls)}
    location / {${
      setup.grpc
        ? GRPC
        : `
      proxy_pass http://backend;${location}`
    }
    }
  }
}
`
}

/** Sessions as tickets, as Sluice has them. */
function tls({ certificate, key }: TlsFiles): string {
  return `
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets on;
    http2_max_concurrent_streams 128;`
}

function nginxPeer(name: string, location: string): Peer {
  return {
    name,
    missing: () => debianMissing('nginx'),
    prepare(setup) {
      const file = join(setup.dir, 'nginx.conf')
      writeFileSync(file, configuration(setup, location))
      return { file: 'nginx', args: ['-p', setup.dir, '-e', join(setup.dir, 'error.log'), '-c', file] }
    },
  }
}

export const nginx = nginxPeer('nginx', FORWARDED)

/** Buffers far above the defaults: less to do for large answers, more memory for each connection. */
export const nginxTuned = nginxPeer(
  'nginx-tuned',
  `${FORWARDED}
      proxy_buffer_size 64k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 128k;
      proxy_max_temp_file_size 0;`,
)

/** The settings an ingress-nginx controller generates by default, without its Lua. */
export const nginxAsIngress = nginxPeer(
  'nginx-ingress',
  `${FORWARDED}
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Forwarded-Scheme $scheme;
      proxy_set_header X-Scheme $scheme;
      proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
      proxy_set_header Proxy "";
      proxy_buffering off;
      proxy_buffers 4 4k;
      proxy_request_buffering on;
      proxy_next_upstream error timeout;
      proxy_next_upstream_tries 3;`,
)
