/**
 * The network of the cluster: one bridge; every Pod has a namespace of its own with one address on it. There is no way
 * out, and none is allowed.
 */
import { existsSync, rmdirSync } from 'node:fs'
import { run } from './command.ts'

const BRIDGE = 'br0'
const PREFIX_LENGTH = 16
const NAMESPACES = '/run/netns'
/** Ours on the bridge: the API server, load balancer and kubelet are behind it. */
export const HOST_ADDRESS = '10.244.0.1'
/** 10.244.1.1 and up; addresses are used again as late as possible, since peers remember who had them. */
const FIRST_POD = (1 << 8) + 1
const LAST_POD = (250 << 8) - 1

/** A Pod's place in the network. */
export interface Place {
  readonly address: string
  /** File by which `nsenter --net=` gets into its namespace. */
  readonly namespace: string
  /** Its end of the cable on our side. */
  readonly link: string
}

/** @throws Error where packets could leave. */
export async function refuseDefaultRoute(): Promise<void> {
  for (const family of ['-4', '-6']) {
    const routes = (await run(['ip', family, 'route', 'show', 'default'])).trim()
    if (routes !== '') {
      throw new Error(`this network has a way out (${routes}); the cluster runs only in a network of its own`)
    }
  }
}

export class Network {
  readonly #places = new Map<string, Place>()
  readonly #extra = new Set<string>()
  #next = FIRST_POD

  /** @throws Error where there is a default route or a bridge already. */
  static async create(): Promise<Network> {
    await refuseDefaultRoute()
    await ip([
      `link add ${BRIDGE} type bridge`,
      `addr add ${HOST_ADDRESS}/${PREFIX_LENGTH} dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
    ])
    return new Network()
  }

  /**
   * A namespace with an address that nobody has.
   * @param alias one more address that processes in it may listen on; nobody else gets there by it.
   */
  async add(alias?: string): Promise<Place> {
    const number = this.#next
    this.#next = number === LAST_POD ? FIRST_POD : number + 1
    const name = `p${number}`
    const place = { address: addressOf(number), namespace: `${NAMESPACES}/${name}`, link: `v${number}` }
    await ip([
      `netns add ${name}`,
      `link add ${place.link} type veth peer name eth0 netns ${name}`,
      `link set ${place.link} master ${BRIDGE} up`,
    ])
    const second = alias === undefined ? [] : [`addr add ${alias}/32 dev lo`]
    await ip(
      ['link set lo up', ...second, `addr add ${place.address}/${PREFIX_LENGTH} dev eth0`, 'link set eth0 up'],
      name,
    )
    this.#places.set(place.link, place)
    return place
  }

  /** Its processes have to have ended, or the namespace lives as long as they do. */
  async remove(place: Place): Promise<void> {
    if (!this.#places.delete(place.link)) return
    // The other end goes with this one.
    await ip([`link del ${place.link}`, `netns del ${place.namespace.split('/').at(-1)}`])
  }

  /** Pulls the cable: peers see silence, as of a machine that is gone. */
  async cut(place: Place): Promise<void> {
    await ip([`link set ${place.link} down`])
  }

  async mend(place: Place): Promise<void> {
    await ip([`link set ${place.link} up`])
  }

  /** One more address of ours, for a node or a load balancer. */
  async addAddress(address: string): Promise<void> {
    if (this.#extra.has(address)) return
    this.#extra.add(address)
    await ip([`addr add ${address}/32 dev ${BRIDGE}`])
  }

  async removeAddress(address: string): Promise<void> {
    if (this.#extra.delete(address)) await ip([`addr del ${address}/32 dev ${BRIDGE}`])
  }

  async close(): Promise<void> {
    for (const place of [...this.#places.values()]) await this.remove(place)
    await ip([`link del ${BRIDGE}`])
    this.#extra.clear()
    // A mount of its own, which `ip netns` leaves behind.
    if (existsSync(NAMESPACES)) {
      await run(['umount', NAMESPACES])
      rmdirSync(NAMESPACES)
    }
  }
}

function addressOf(number: number): string {
  return `10.244.${number >> 8}.${number & 0xff}`
}

async function ip(commands: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-netns', namespace]
  await run(['ip', ...where, '-batch', '-'], { input: commands.map((command) => `${command}\n`).join('') })
}
