/** The table of holdings: a kind that keeps bytes with us has a row here, so they are checked, and let be while a row names them. */
import { listCatalogArticles } from './article/article-store.ts'
import { listUsedDigests } from './article/digest-store.ts'
import { findDamage } from './article/find-damage.ts'
import { listCatalogFiles, listUsedFileDigests } from './file/file-store.ts'
import { findFileDamage } from './file/find-file-damage.ts'
import type { Holding } from './holding.ts'
import { findPageDamage } from './page/find-page-damage.ts'
import { listCatalogPages, listUsedPageDigests } from './page/page-store.ts'

const holding = <Detail>(row: Holding<Detail>): Holding => row as Holding

export const HOLDINGS: readonly Holding[] = [
  holding({ load: listCatalogArticles, findDamage, listUsed: listUsedDigests }),
  holding({ load: listCatalogFiles, findDamage: findFileDamage, listUsed: listUsedFileDigests }),
  holding({ load: listCatalogPages, findDamage: findPageDamage, listUsed: listUsedPageDigests }),
]
