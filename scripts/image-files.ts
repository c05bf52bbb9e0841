/** `npm run image:files` prints what goes into the image, a path a line; `-- --to DIR` lays it out in a folder. */
import { fileURLToPath } from 'node:url'
import { copyImage } from './image/copy.ts'
import { imageFiles } from './image/list.ts'

const [option, to, ...rest] = process.argv.slice(2)
const files = imageFiles(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''))
if (option === undefined) process.stdout.write(files.map(({ target }) => `${target}\n`).join(''))
else if (option === '--to' && to !== undefined && rest.length === 0) copyImage(files, to)
else {
  process.stderr.write('image-files: expected nothing, or --to DIR\n')
  process.exitCode = 2
}
