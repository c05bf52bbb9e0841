import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ask } from './backend.ts'
import { Sluice } from './sluice.ts'

const EXAMPLES = new URL('../../examples/', import.meta.url)
const OTHERS = readdirSync(EXAMPLES).filter((name) => name !== 'quickstart')

function serveExample(name: string) {
  return Sluice.serving(['--manifests', fileURLToPath(new URL(name, EXAMPLES)), '--access-log', 'off'])
}

/** Commands are printed when every request was answered as the example says. */
async function commands(sluice: Sluice): Promise<string[]> {
  await sluice.line((line) => line.startsWith('What to try next') || line.includes('does not work'))
  return sluice.stdout.split('\n').filter((line) => line.startsWith('curl '))
}

/** A printed command, read as the shell would. */
function readCurl(command: string) {
  const [, method = 'GET'] = / -X (\S+)/.exec(command) ?? []
  const [, host] = / -H 'Host: ([^']+)'/.exec(command) ?? []
  const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)([^\s']*)'?$/.exec(command) ?? []
  assert.ok(host !== undefined && path !== undefined, command)
  return { port: Number(port), path, host, method }
}

test('the quick start prints commands that work as they stand, and ends in order', async (t) => {
  const sluice = await serveExample('quickstart')
  t.after(() => sluice.stop())
  const printed = await commands(sluice)
  const answers = await Promise.all(printed.map((command) => ask(readCurl(command))))
  const seen = answers.map(({ status, body }) =>
    status === 200 ? (JSON.parse(body) as { backend: string }).backend : status,
  )
  assert.deepEqual(new Set(seen), new Set(['web-1', 'web-2', 'api-1', 404]))

  const admin = `http://127.0.0.1:${sluice.admin}`
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
  assert.deepEqual(await (await fetch(`${admin}/debug/problems`)).json(), [])
  assert.match(
    await (await fetch(`${admin}/metrics`)).text(),
    /^sluice_requests\{namespace="shop",ingress="shop",.*\} \d+$/m,
  )
  assert.match(await (await fetch(`${admin}/debug/routes`)).text(), /127\.0\.0\.1:18101/)

  sluice.child.kill('SIGTERM')
  const { code, stderr } = await sluice.ended()
  assert.equal(code, 0, stderr)
})

for (const name of OTHERS) {
  test(`example ${name}: everything answers as it should`, async (t) => {
    const sluice = await serveExample(name)
    t.after(() => sluice.stop())
    assert.notDeepEqual(await commands(sluice), [], sluice.stderr)
  })
}
