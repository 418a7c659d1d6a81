// A real IPFS node (js-ipfs) with its RPC on a free port; prints the port when it is ready.
import { Daemon } from "ipfs-daemon";

Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => ((resolve = yes), (reject = no)));
  return { promise, resolve, reject };
};

const daemon = new Daemon({
  repo: process.argv[2],
  silent: true,
  config: {
    Addresses: { Swarm: [], API: "/ip4/127.0.0.1/tcp/0", Gateway: "/ip4/127.0.0.1/tcp/0" },
    Bootstrap: [],
    Discovery: { MDNS: { Enabled: false }, webRTCStar: { Enabled: false } },
  },
});
await daemon.start();
console.log("PORT " + daemon._httpApi._apiServers[0].info.port);
