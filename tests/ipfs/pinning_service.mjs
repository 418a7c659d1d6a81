// The reference mock of the vendor-neutral pinning API: node pinning_service.mjs TOKEN
// Prints its address when it answers. A pin's state follows the name it was asked for with
// ("pinned-x", "failed-x"; else queued), as that package has it.
import { createRequire } from 'node:module'
import http from 'node:http'

const { setup } = createRequire(import.meta.url)('mock-ipfs-pinning-service')
const server = http.createServer(await setup({ token: process.argv[2], loglevel: 'error' }))
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
