/** The shared libraries that a program is linked to, the loader included, at the places where it looks for them. */
import { execFileSync } from 'node:child_process'

/**
 * @returns absolute paths.
 * @throws Error naming a library that this system does not have.
 */
export function linkedLibraries(program: string): readonly string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n')
  const missing = lines.filter((line) => line.includes('not found')).map((line) => line.trim())
  if (missing.length > 0)
    throw new Error(`${program}: expected its libraries to be installed, but ${missing.join(', ')}`)
  const paths = lines.flatMap((line) => /(?:=>\s*|^\s*)(\/\S+) \(0x/.exec(line)?.[1] ?? [])
  return [...new Set(paths)]
}
