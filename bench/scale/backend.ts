/** All Pods of the world in one process: each answers with its address, whatever it is asked. */
import { createServer } from 'node:net'
import { BACKEND_PORT } from './world.ts'

const server = createServer({ noDelay: true }, (socket) => {
  const body = socket.localAddress ?? ''
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  socket.on('error', () => {})
  let open = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    const heads = (open + text).split('\r\n\r\n')
    open = heads.pop() ?? ''
    socket.write(answer.repeat(heads.length))
  })
})
server.listen(BACKEND_PORT, '0.0.0.0', () => process.send?.('listening'))
process.on('disconnect', () => process.exit())
