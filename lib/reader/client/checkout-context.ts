/** What the parts of the article page's script share. */
import type { ArticleConfig } from '#lib/reader/document.tsx'
import type { CheckoutView } from './checkout-view.ts'
import type { FlowEvent, FlowState } from './paywall-flow.ts'

export interface ArticlePage {
  readonly article: ArticleConfig
  readonly demoWallet: string | null
  readonly isOpen: boolean
}

/** What the parts of the page share: the machine's state and the one way to change it. */
export interface Checkout {
  readonly page: ArticlePage
  readonly view: CheckoutView
  state(): FlowState
  send(event: FlowEvent): void
  /** Restores from a proof or a receipt and opens; answers the sentence that says why not, null when it opens. */
  open(credential: string): Promise<string | null>
}
