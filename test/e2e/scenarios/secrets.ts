/** Secrets that are replaced: read by name again and again, or watched where a Role allows it. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { installSluice } from '../harness/install.ts'
import { Authority } from '../harness/pki.ts'
import { until } from '../harness/until.ts'
import { ingress, secret } from './objects.ts'
import { APP, type Stage, VALUES } from './stage.ts'

/** What is read by name may be so old, and a little. */
const REREAD_MS = 45_000
/** What is watched is there at once; the rest is for a busy machine. */
const WATCHED_MS = 10_000
const HOST = 'secret.test'

interface Material extends Readonly<Record<string, string>> {
  readonly 'tls.crt': string
  readonly 'tls.key': string
}

export function secrets(stage: () => Stage): void {
  const object = (name: string) =>
    ingress(name, [{ host: HOST, backend: APP }], { tls: [{ hosts: [HOST], secretName: name }] })
  const material = async (name: string): Promise<Material> => {
    const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
    const authority = await Authority.create(folder)
    const pair = await authority.issue({ name, commonName: HOST, subjectAltName: `DNS:${HOST}` })
    return { 'tls.crt': readFileSync(pair.cert, 'utf8'), 'tls.key': readFileSync(pair.key, 'utf8') }
  }
  /** Waits until clients of the load balancer are shown this certificate. */
  const shows = async (material: Material) => {
    const wanted = new X509Certificate(material['tls.crt']).fingerprint256
    const options = { host: new URL(stage().url).hostname, port: 443, servername: HOST, rejectUnauthorized: false }
    await until({ what: `the certificate for ${HOST}` }, async () => {
      const socket = connect(options)
      await once(socket, 'secureConnect')
      const shown = socket.getPeerX509Certificate()?.fingerprint256
      socket.destroy()
      return shown === wanted ? true : undefined
    })
  }
  /** A host whose material is not fit for use is not served, and not redirected: that shows what Sluice knows of it. */
  const rotates = async (name: string, withinMs: number) => {
    const [first, second] = [await material(`${name}-1`), await material(`${name}-2`)]
    await stage().put(secret(name, first))
    await stage().put(object(name))
    await stage().answers(HOST, 308)
    await shows(first)
    await stage().put(secret(name, { ...first, 'tls.key': second['tls.key'] }))
    await stage().answers(HOST, 503, '/', withinMs)
    await stage().put(secret(name, second))
    await stage().answers(HOST, 308, '/', withinMs)
    await shows(second)
    await stage().remove(secret(name, {}))
    await stage().answers(HOST, 503, '/', withinMs)
    await stage().remove(object(name))
  }

  test('a Secret that may only be read by name is read when it is named, and again and again', async () => {
    if (stage().full) return await rotates('by-name', REREAD_MS)
    const good = await material('by-name')
    await stage().put(secret('by-name', good))
    await stage().put(object('by-name'))
    await stage().answers(HOST, 308)
    await shows(good)
    await stage().put(secret('by-name', { ...good, 'tls.key': '' }))
    await stage().answers(HOST, 503, '/', REREAD_MS)
    for (const each of [object('by-name'), secret('by-name', {})]) await stage().remove(each)
  })

  test('a Secret in a namespace where Secrets are watched is noticed at once', async () => {
    await installSluice(stage().cluster, { set: [...VALUES, 'controller.secretNamespaces={shop}'] })
    await stage().answers('app.test', 200)
    await rotates('watched', WATCHED_MS)
    await installSluice(stage().cluster, { set: VALUES })
  })
}
