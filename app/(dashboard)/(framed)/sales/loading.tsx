/** Boxes of the final sizes, shown only when the page takes its time. */
export default function Loading() {
  return (
    <div aria-hidden="true" className="animate-appear-late mx-auto max-w-[1280px] px-4 pt-6 md:px-8">
      <div className="h-8 w-44 rounded-[4px] bg-sunken" />
      <div className="mt-6 h-32 border-y border-hairline bg-sunken/60" />
      <div className="mt-8 h-96 rounded-[4px] bg-sunken" />
    </div>
  )
}
