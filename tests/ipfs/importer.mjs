// ipfs-unixfs-importer over JSON lines, one answer a request:
//   {"profile", "files": [{"path", "content": base64}], "chunkSize"?, "width"?, "shardBytes"?}
//   -> {"cid", "blocks": {cid: base64}}
import { createInterface } from 'node:readline'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const PROFILES = {
  'kubo-v1': { chunkSize: 256 * 1024, width: 174, shardSplitStrategy: 'links-bytes' },
  'unixfs-v1-2025': { chunkSize: 1024 * 1024, width: 1024, shardSplitStrategy: 'block-bytes' }
}

async function answer ({ profile, files, ...custom }) {
  const { chunkSize, width, shardSplitStrategy } = { ...PROFILES[profile], ...custom }
  const blocks = {}
  const store = {
    put: async (cid, block) => { blocks[cid] = Buffer.from(block).toString('base64'); return cid }
  }
  const source = files.map(({ path, content }) => ({ path, content: Buffer.from(content, 'base64') }))
  let root
  for await (const entry of importer(source, store, {
    cidVersion: 1,
    rawLeaves: true,
    shardSplitStrategy,
    shardSplitThresholdBytes: custom.shardBytes ?? 262144,
    chunker: fixedSize({ chunkSize }),
    layout: balanced({ maxChildrenPerNode: width })
  })) root = entry.cid
  return { cid: root.toString(), blocks }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))))
}
