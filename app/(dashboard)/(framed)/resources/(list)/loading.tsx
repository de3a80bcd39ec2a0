/** The list's own boxes; the pages of one resource have none, because their 404 must come before any of it. */
export { default } from '#app/(dashboard)/(framed)/overview/loading.tsx'
