// A js-ipfs node with its RPC API on a free loopback port and no network: node daemon.mjs REPO
// Prints the API's address when it answers. What ipfs-daemon starts, less its gRPC and WebRTC.
import { create } from 'ipfs-core'
import { HttpApi } from 'ipfs-http-server'

const ipfs = await create({
  repo: process.argv[2],
  silent: true,
  offline: true,
  init: { emptyRepo: true, algorithm: 'Ed25519' },
  config: {
    Addresses: { Swarm: [], API: '/ip4/127.0.0.1/tcp/0' },
    Bootstrap: [],
    Discovery: { MDNS: { Enabled: false } }
  }
})
const api = new HttpApi(ipfs)
await api.start()
console.log(api._apiServers[0].info.uri)
