/** Which clients are robots that read for people: the search engines, and those who draw link previews in chats and social networks. */
import crawlers from 'crawler-user-agents'

/** The list names what each robot is for; its published types leave that out. */
type Crawler = (typeof crawlers)[number] & { readonly tags?: readonly string[] }

const READS_FOR_PEOPLE: ReadonlySet<string> = new Set(['search-engine', 'social-preview'])
/** Programs that may pay: a pattern of theirs never makes a robot, whatever else it is listed as. */
const PROGRAM = 'http-library'
/** Words of the list that are too common for the name of one robot, so that a program could be called so. */
const TOO_COMMON: ReadonlySet<string> = new Set(['speedy', 'fluffy', 'yanga', 'convera', 'Yeti', 'Synapse', 'Scrubby'])

/** Link previews that the list does not have yet, by what their makers publish; each is offered to the list. */
const ALSO = [
  'Yeti/',
  'Synapse \\(bot',
  'Cardyb',
  'ZulipURLPreview',
  'Google-PageRenderer',
  'Pleroma',
  'Akkoma',
  'Misskey',
  'Rocket\\.Chat',
  'Nextcloud-Link-Preview',
]

const ROBOT = new RegExp(
  [
    ...(crawlers as readonly Crawler[])
      .filter(
        ({ pattern, tags = [] }) =>
          tags.some((tag) => READS_FOR_PEOPLE.has(tag)) && !tags.includes(PROGRAM) && !TOO_COMMON.has(pattern),
      )
      .map(({ pattern }) => pattern),
    ...ALSO,
  ].join('|'),
)

/** Longer than any robot calls itself. */
const MAX_AGENT_LENGTH = 512

/** Whether `User-Agent` is that of a robot on the list; anybody may claim to be one, and sees what everybody may see. */
export function isReadingRobot(userAgent: string | null): boolean {
  return userAgent !== null && ROBOT.test(userAgent.slice(0, MAX_AGENT_LENGTH))
}
