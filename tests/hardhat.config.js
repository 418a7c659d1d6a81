// A plain chain for the tests; nothing of ours is compiled by Hardhat.
export default { networks: { default: { type: "edr-simulated", chainType: "l1" } } };
