/** The public face of the client package. */
export { type Budget, createBudget } from './budget.ts'
export { ClientFault, type ClientFaultReason, PaidFault } from './client-fault.ts'
export { createDemoWalletPayer, type DemoWalletAnswer, payByDemoWallet } from './demo-wallet-payer.ts'
export { createFileStore } from './file-store.ts'
export { createPaidFetch, type PaidFetchOptions, type PaidRequest, type Payer, type Purchase } from './paid-fetch.ts'
export { type Offer, readOffer } from './read-offer.ts'
export { createMemoryStore, type StoredToken, type TokenStore } from './token-store.ts'
