/** Guards of files: what a use brings, what is drawn on our origin, who may add to an upload. */
import type { Mutant } from '#scripts/lab/mutant.ts'

const SOLD = ['tests/http/file/sold.test.ts']
const COUNTED = ['tests/http/file/counted.test.ts']
const DELIVERY = ['lib/paywall/entitlements/delivery.test.ts']
const CREATOR = ['tests/integration/files.test.ts']

export const mutants: readonly Mutant[] = [
  {
    name: 'sent-again-for-nothing',
    why: 'what was sent costs another use',
    file: 'lib/paywall/entitlements/delivery.ts',
    old: 'granted + part.end - part.start <= most && !overlaps(sent, part)',
    new: 'granted + part.end - part.start <= most',
    tests: DELIVERY,
  },
  {
    name: 'use-without-end',
    why: 'a use brings at most twice the body',
    file: 'lib/paywall/entitlements/delivery.ts',
    old: 'granted + part.end - part.start <= most && !overlaps(sent, part)',
    new: '!overlaps(sent, part)',
    tests: DELIVERY,
  },
  {
    name: 'use-without-time',
    why: 'a transfer goes on within 15 minutes',
    file: 'lib/paywall/entitlements/delivery.ts',
    old: 'now.getTime() - movedAt.getTime() > OPEN_MS',
    new: 'now.getTime() - movedAt.getTime() > OPEN_MS * 1e6',
    tests: DELIVERY,
  },
  {
    name: 'begin-together',
    why: 'N who begin at once take N uses',
    file: 'lib/paywall/entitlements/delivery.ts',
    old: 'part.start === 0 ? part.length : 2 * part.length',
    new: '2 * part.length',
    tests: DELIVERY,
  },
  {
    name: 'delivery-not-locked',
    why: 'parts asked for at once are judged in turn',
    file: 'lib/paywall/entitlements/delivery-store.ts',
    old: `
    for update\``,
    new: '`',
    tests: COUNTED,
  },
  {
    name: 'end-not-told',
    why: 'what did not leave is given back',
    file: 'lib/gate/measured.ts',
    old: '      onEnd(at)\n',
    new: '      onEnd(end)\n',
    tests: COUNTED,
  },
  {
    name: 'file-head-costs-a-use',
    why: 'HEAD takes nothing from a counter',
    file: 'lib/gate/kinds/file.ts',
    old: "if (request.method === 'HEAD' || isPage(asked) ||",
    new: 'if (isPage(asked) ||',
    tests: COUNTED,
  },
  {
    name: 'anything-inline',
    why: 'what may hold scripts is kept and never drawn',
    file: 'lib/gate/kinds/file.ts',
    old: "showingOf(mediaType) === null ? 'attachment' : 'inline'",
    new: "'inline'",
    tests: SOLD,
  },
  {
    name: 'file-without-policy',
    why: 'a file runs no script on our origin',
    file: 'lib/gate/kinds/file.ts',
    old: '    SEALED,\n',
    new: '',
    tests: SOLD,
  },
  {
    name: 'claimed-picture',
    why: 'a picture is told by its bytes, not by who sends it',
    file: 'lib/content/detect-media-type.ts',
    old: '(TOLD_BY_BYTES.test(named) ? UNKNOWN : named)',
    new: 'named',
    tests: SOLD,
  },
  {
    name: 'upload-sold-twice',
    why: 'an upload is used up by what it is sold as',
    file: 'lib/paywall/resources/file/upload-store.ts',
    old: 'and id = ${uploadId} and digest is not null',
    new: 'and id = ${uploadId}',
    tests: CREATOR,
  },
  {
    name: 'upload-cut-short',
    why: 'what came is as long as what was announced',
    file: 'lib/paywall/resources/file/finish-upload.ts',
    old: 'if (size !== upload.byteLength) {',
    new: 'if (size > upload.byteLength) {',
    tests: CREATOR,
  },
  {
    name: 'files-without-end',
    why: 'what a creator may keep has an end',
    file: 'lib/paywall/resources/file/begin-upload.ts',
    old: "if (overrun !== null) return { kind: 'invalid', fields: { file: overrun } }",
    new: '',
    tests: CREATOR,
  },
  {
    name: 'files-counted-beside-each-other',
    why: 'uploads of one creator are counted one after the other',
    file: 'lib/paywall/resources/file/begin-upload.ts',
    old: "if (!(await lockCreator(tx, key.creatorId))) return { kind: 'unknown' }",
    new: '',
    tests: CREATOR,
  },
  {
    name: 'version-collected',
    why: 'bytes that a version of before names are kept',
    file: 'lib/paywall/resources/file/file-store.ts',
    old: 'where named.digest in (select digest from file_version) or named.digest in (select digest from upload)',
    new: 'where named.digest in (select digest from upload)',
    tests: CREATOR,
  },
]
