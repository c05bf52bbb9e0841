/** Hashes for tables: fast and even, and no secret. Not for anything an attacker must not predict. */

/**
 * FNV-1a over the characters, with the finish of MurmurHash3, so that all bits depend on all characters (G. Fowler,
 * L. C. Noll, K.-P. Vo; A. Appleby; both public domain).
 * @param seed the hash of what comes before, where several texts are hashed as one.
 * @returns an unsigned 32-bit number.
 */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
