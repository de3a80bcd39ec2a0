/** A Lightning network on loopback, of real lnd and coins of no value: one node, or two with a funded channel. */
import { join } from 'node:path'
import { freePorts } from '#scripts/start/ports.ts'
import { type Btcd, startBtcd } from './btcd.ts'
import { bakeMacaroons, type LndNode, startLnd, untilSynced, waitFor } from './lnd-node.ts'

/** Segwit transactions are accepted from about block 440 on, and mined coins can be spent after 100. */
const FIRST_BLOCKS = 450
/** Blocks until a channel is open. */
const CONFIRMATIONS = 6
const CHANNEL_SAT = 10_000_000

export interface LndNetwork {
  readonly btcd: Btcd
  /** Sells: the node that our processes speak to. */
  readonly shop: LndNode
  /** Pays, over a channel to the shop with as much on either side; `null` in a network of one. */
  readonly payer: LndNode | null
  /** Everything is gone when this resolves, except the folder. */
  stop(): Promise<void>
}

export interface LndNetworkOptions {
  /** Absolute path of an empty folder for chains, logs and macaroons. */
  readonly folder: string
  readonly nodes: 1 | 2
  /** Told each step before it is done. */
  readonly onStep: (title: string) => void
}

/** Needs the programs of `buildLnd`. What was started is ended again when a step fails. */
export async function startLndNetwork(options: LndNetworkOptions): Promise<LndNetwork> {
  const started: { stop(): Promise<void> }[] = []
  /** The last one first: lnd asks btcd for a while when that goes before it. */
  const stop = async () => {
    for (const part of started.reverse()) await part.stop()
  }
  try {
    return { ...(await assemble(options, started)), stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function assemble(
  { folder, nodes, onStep }: LndNetworkOptions,
  started: { stop(): Promise<void> }[],
): Promise<Omit<LndNetwork, 'stop'>> {
  const [btcdPort = 0, ...ports] = await freePorts(5)
  onStep('btcd')
  const btcd = await startBtcd(join(folder, 'btcd'), btcdPort)
  started.push(btcd)
  const begin = async (name: string, [rpcPort = 0, peerPort = 0]: readonly number[]) => {
    onStep(`lnd, ${name}`)
    const node = await startLnd({ name, folder: join(folder, name), rpcPort, peerPort, btcd: btcd.address })
    started.push(node)
    return node
  }
  const shop = await begin('shop', ports.slice(0, 2))
  const payer = nodes === 2 ? await begin('payer', ports.slice(2)) : null
  onStep(`${FIRST_BLOCKS} blocks`)
  // The coins go to who opens the channel.
  const { address } = await (payer ?? shop).lncli('newaddress', 'p2wkh')
  await btcd.payMinerTo(String(address))
  await btcd.mine(FIRST_BLOCKS)
  for (const node of [shop, payer]) {
    if (node === null) continue
    await untilSynced(node)
    await bakeMacaroons(node)
  }
  if (payer !== null) {
    onStep('channel')
    await openChannel(btcd, payer, shop)
  }
  return { btcd, shop, payer }
}

/** A channel with half of its coins on either side, known to the graphs of both ends. */
async function openChannel(btcd: Btcd, from: LndNode, to: LndNode): Promise<void> {
  const { identity_pubkey: key } = await to.lncli('getinfo')
  await from.lncli('connect', `${key}@${to.peerAddress}`)
  await waitFor('the wallet has mined coins', async () => {
    const { confirmed_balance: balance } = await from.lncli('walletbalance')
    return Number(balance) > CHANNEL_SAT
  })
  await from.lncli('openchannel', `--node_key=${key}`, `--local_amt=${CHANNEL_SAT}`, `--push_amt=${CHANNEL_SAT / 2}`)
  await waitFor('the funding transaction waits for a block', async () => (await btcd.countWaiting()) > 0)
  await btcd.mine(CONFIRMATIONS)
  for (const node of [from, to]) {
    await waitFor(`${node.name} has the channel in its graph`, async () => {
      const { edges } = await node.lncli('describegraph')
      return Array.isArray(edges) && edges.some((edge) => edge.node1_policy !== null && edge.node2_policy !== null)
    })
  }
}
