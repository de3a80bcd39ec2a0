'use client'
/** A picture for who has one at hand; nobody needs one to publish. */
import { useEffect, useState } from 'react'
import { ChoosePortrait } from '#app/_ui/choose-portrait.tsx'

interface PortraitFieldProps {
  readonly file: File | null
  readonly onChoose: (file: File | null) => void
}

export function PortraitField({ file, onChoose }: PortraitFieldProps) {
  const url = useObjectUrl(file)
  return (
    <div className="mt-5">
      <ChoosePortrait
        src={url}
        alt="Your picture"
        chooseWord={file === null ? 'Choose a picture' : 'Choose another'}
        note={
          file === null
            ? 'If you like: it stands beside your name. The settings have it too.'
            : 'Sent when you publish.'
        }
        fault={null}
        isBusy={false}
        onFile={onChoose}
      >
        {file !== null && (
          <button type="button" onClick={() => onChoose(null)} className="button button-plain">
            Remove
          </button>
        )}
      </ChoosePortrait>
    </div>
  )
}

/** An address of a file that was chosen here, as long as it is shown. */
function useObjectUrl(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (file === null) return setUrl(null)
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}
