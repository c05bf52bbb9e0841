/** Programs that are built from Go modules into our cache, once; never skipped for want of one. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run, succeeds } from './command.ts'
import { environment } from './environment.ts'

export interface GoProgram {
  readonly name: string
  /** Path of the package within its module. */
  readonly from: string
  readonly version: string
}

/**
 * Finds a program in the cache, or builds it: a minute or two.
 * @param say told before anything takes long.
 * @returns its path.
 * @throws Error that says what to install.
 */
export async function provideGoProgram(program: GoProgram, say: (line: string) => void): Promise<string> {
  const file = join(environment.cache, 'bin', program.name)
  if (existsSync(file)) return file
  await requireGo([program.name])
  say(`building ${program.name} ${program.version} into ${file}; this takes a minute, once`)
  const unfinished = `${file}.${process.pid}`
  try {
    await run(['go', 'install', '-trimpath', '-ldflags', '-s -w', `${program.from}@${program.version}`], {
      variables: { CGO_ENABLED: '0', GOBIN: unfinished },
    })
    mkdirSync(dirname(file), { recursive: true })
    renameSync(join(unfinished, program.name), file)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return file
}

/** @throws Error that says what to install, where Go is not there. */
export async function requireGo(programs: readonly string[]): Promise<void> {
  const names = programs.join(', ')
  if (environment.sandbox !== undefined) {
    throw new Error(`${names}: not built yet, and there is no network in here; run \`npm run test:e2e\``)
  }
  if (await succeeds(['go', 'version'])) return
  throw new Error(
    `these tests need ${names}: install Go 1.26 or later to have what is missing built from pinned modules, or put it ` +
      `there (${environment.cache}/bin; the programs of Kubernetes into a folder that KUBEBUILDER_ASSETS names)`,
  )
}
