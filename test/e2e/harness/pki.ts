/** Keys and certificates of a cluster, valid for a day, made by openssl. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.ts'

const DAYS = '2'

export interface KeyPair {
  /** Files in PEM. */
  readonly key: string
  readonly cert: string
}

export interface IdentitySpec {
  readonly name: string
  readonly commonName: string
  readonly organization?: string
  /** As openssl writes them: `IP:127.0.0.1,DNS:localhost`. */
  readonly subjectAltName?: string
}

export class Authority {
  readonly ca: KeyPair
  readonly #folder: string

  /** @param folder gets all files. */
  static async create(folder: string): Promise<Authority> {
    const ca = filesOf(folder, 'ca')
    await openssl(ca, ['-subj', '/CN=sluice-e2e', ...extension('keyUsage', 'critical,keyCertSign,digitalSignature')])
    return new Authority(folder, ca)
  }

  private constructor(folder: string, ca: KeyPair) {
    this.#folder = folder
    this.ca = ca
  }

  /** A certificate for a server and a client alike. */
  async issue({ name, commonName, organization, subjectAltName }: IdentitySpec): Promise<KeyPair> {
    const pair = filesOf(this.#folder, name)
    const subject = `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`
    await openssl(pair, [
      ...['-subj', subject, '-CA', this.ca.cert, '-CAkey', this.ca.key],
      ...extension('basicConstraints', 'critical,CA:FALSE'),
      ...extension('keyUsage', 'critical,digitalSignature'),
      ...extension('extendedKeyUsage', 'serverAuth,clientAuth'),
      ...(subjectAltName === undefined ? [] : extension('subjectAltName', subjectAltName)),
    ])
    return pair
  }

  /** A bare key pair, for signing tokens. */
  signingKeys(name: string): { readonly privateKey: string; readonly publicKey: string } {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const files = { privateKey: join(this.#folder, `${name}.key`), publicKey: join(this.#folder, `${name}.pub`) }
    writeFileSync(files.privateKey, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
    writeFileSync(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }))
    return files
  }
}

function filesOf(folder: string, name: string): KeyPair {
  return { key: join(folder, `${name}.key`), cert: join(folder, `${name}.crt`) }
}

function extension(name: string, value: string): readonly string[] {
  return ['-addext', `${name}=${value}`]
}

async function openssl({ key, cert }: KeyPair, args: readonly string[]): Promise<void> {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', key]
  await run(['openssl', 'req', '-x509', ...newKey, '-days', DAYS, '-out', cert, ...args])
}
