// Sourcify's own library as an oracle: does this standard-JSON input give the bytes on chain?
// Reads {contract, compiler, standard_json, chain_id, address, rpc} from stdin; the compiler is
// the solcjs that built the artifact. Prints its verdict as the last line.
import { createRequire } from "node:module";
import { SolidityCompilation, SourcifyChain, Verification } from "@ethereum-sourcify/lib-sourcify";

const solc = createRequire(new URL("../../contracts/package.json", import.meta.url))("solc");
let text = "";
for await (const part of process.stdin) text += part;
const given = JSON.parse(text);
const [path, name] = given.contract.split(":");
const compiler = {
  compile: async (_version, input) => JSON.parse(solc.compile(JSON.stringify(input))),
};
const compilation = new SolidityCompilation(compiler, given.compiler, given.standard_json, {
  path,
  name,
});
const chain = new SourcifyChain({
  name: "anvil",
  chainId: given.chain_id,
  rpcs: [{ rpc: given.rpc }],
  supported: true,
});
const verification = new Verification(compilation, chain, given.address);
try {
  await verification.verify();
  console.log(`\n${verification.status.runtimeMatch}`);
} catch (error) {
  console.log(`\n${error.code ?? error}`);
}
