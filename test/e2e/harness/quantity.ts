/** Quantities of Kubernetes, as containers are told them. */

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** @throws Error naming a text that is no quantity. */
export function quantity(text: string): number {
  const [, number, suffix] = /^([0-9.]+)([a-zA-Z]*)$/.exec(text) ?? []
  const factor = FACTORS[suffix ?? '']
  if (number === undefined || factor === undefined) throw new Error(`${text}: expected a quantity like 100m or 64Mi`)
  return Number(number) * factor
}
