/** Handles that nobody gets: names that mail, certificates and browsers trust, our own words, and what looks like our name. */

/** Mailboxes that every domain has (RFC 2142), and those that authorities write to before they issue a certificate. */
const MAILBOXES =
  'abuse admin administrator ftp hostmaster info marketing news noc postmaster root sales security ssladmin ' +
  'ssladministrator sslwebmaster support sysadmin trouble usenet uucp webmaster www'
/** Names that computers look for by themselves, or that stand for a part of a network. */
const INFRASTRUCTURE =
  'autoconfig autodiscover broadcasthost caldav carddav cdn cname dhcp dkim dmarc dns dns1 dns2 email exchange firewall ' +
  'gateway git host imap ip6-localhost ipp isatap kerberos ldap ldaps localdomain localhost mail mail1 mail2 mailer-daemon ' +
  'mailserver mobile mta mta-sts mx mx1 mx2 nobody noreply no-reply ns1 ns2 ns3 ns4 ntp openpgpkey pop pop3 proxy relay ' +
  'remote router rsync server sftp sip smtp spf ssh ssl static stun subdomain teredo time tls turn vpn web webdisk webmail ' +
  'wpad ws wss www1 www2 www3 xmpp'
/** Words of this product and of its pages, and those that would speak for it. */
const OURS =
  'about account accounts api app apps article articles assets auth billing blog bot checkout contact creator creators ' +
  'dashboard demo-wallet developer developers devnode docs download embed faq feed file files gift health help home invoice ' +
  'invoices jobs l402 legal lightning lnd login logout lsat macaroon me mailbox money my offer offers official operator ' +
  'overview owner page pages passes pay payment payments payout payouts playground policy preview price prices pricing ' +
  'privacy purchases reader readers receipt receipts refund register resource resources restore sandbox sats satoshi ' +
  'service services settings shop sign-in sign-out sign-up signin signout signup sitemap staff status store system team ' +
  'terms test token tokens upload user users verify wallet wallets webhook webhooks welcome'

const RESERVED = new Set(`${MAILBOXES} ${INFRASTRUCTURE} ${OURS}`.split(' ').map(withoutHyphens))

/** Signs that are read as another one at a glance, each as the letter that all of them become. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/vv/g, 'w'],
  [/[1l|j]/g, 'i'],
  [/0/g, 'o'],
  [/3/g, 'e'],
  [/4/g, 'a'],
  [/[52z]/g, 's'],
  [/7/g, 't'],
]
const OUR_NAME = looksLike('satstile')

/** Whether nobody may have `handle`, however its words are joined, and however our name is spelt in it. */
export function isReserved(handle: string): boolean {
  return RESERVED.has(withoutHyphens(handle)) || looksLike(handle).includes(OUR_NAME)
}

function withoutHyphens(text: string): string {
  return text.replaceAll('-', '')
}

function looksLike(text: string): string {
  return LOOKALIKES.reduce((seen, [sign, letter]) => seen.replace(sign, letter), withoutHyphens(text))
}
