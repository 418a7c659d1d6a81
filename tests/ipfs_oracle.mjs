// ipfs-unixfs-importer behind JSON lines: {profile, chunk, width, shard, files: {path: base64}} -> {cid}
import readline from "node:readline";
import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";
import { MemoryBlockstore } from "blockstore-core/memory";

async function importTree({ profile, chunk, width, files }) {
  const options = {
    cidVersion: 1,
    rawLeaves: true,
    chunker: fixedSize({ chunkSize: chunk }),
    layout: balanced({ maxChildrenPerNode: width }),
    shardSplitThresholdBytes: 262144,
    shardSplitStrategy: profile === "kubo-v1" ? "links-bytes" : "block-bytes",
    wrapWithDirectory: false,
  };
  const source = Object.entries(files).map(([path, data]) => ({
    path,
    content: Buffer.from(data, "base64"),
  }));
  let root;
  for await (const entry of importer(source, new MemoryBlockstore(), options)) root = entry;
  return root.cid.toV1().toString();
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ cid: await importTree(JSON.parse(line)) }));
}
