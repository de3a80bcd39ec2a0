/** Every page a creator host shows people: props in, a whole HTML document out. */
export { renderArticlePage } from './article-page.tsx'
export { renderCheckoutPage } from './checkout-page.tsx'
export { renderCreatorPage } from './creator-page.tsx'
export { renderForgetPage } from './forget-page.tsx'
export { renderMessagePage } from './message-page.tsx'
export type {
  ArticlePageProps,
  CheckoutPageProps,
  CheckoutPageState,
  CreatorPageProps,
  MessagePageProps,
  PurchasesPageProps,
  ReaderArticle,
  ReaderCreator,
  ReaderFrame,
  ReaderItem,
  RestorePageProps,
} from './props.ts'
export { renderPurchasesPage } from './purchases-page.tsx'
export { renderRestorePage } from './restore-page.tsx'
