/** What a new picture says in the editor until somebody describes it; on a page it says nothing. */
export const UNDESCRIBED = 'Describe this picture'
