/** Programs that buy at one address: ask, pay what the 402 says, ask again; each runs as it is printed. */

export interface SampleTarget {
  readonly method: string
  /** Where it is asked, with its path. */
  readonly url: string
  /** Said in `Host` because the name does not resolve everywhere, as under `localhost`; `null`: the URL says it. */
  readonly host: string | null
  /** Pays an invoice without a person: the demo wallet of development; `null`: a person pays and pastes the proof. */
  readonly wallet: string | null
}

export interface Sample {
  readonly language: string
  /** What it is run with. */
  readonly run: string
  readonly code: string
}

export function samplesFor(target: SampleTarget): readonly Sample[] {
  return [
    { language: 'curl', run: 'sh buy.sh', code: curl(target) },
    { language: 'JavaScript', run: 'node buy.mjs', code: javascript(target) },
    { language: 'Python', run: 'python3 buy.py', code: python(target) },
    { language: 'Go', run: 'go run buy.go', code: go(target) },
    { language: 'Java', run: 'java Buy.java', code: java(target) },
    { language: 'Rust', run: 'cargo add ureq@3, then cargo run', code: rust(target) },
  ]
}

/** A text between double quotes, as all of these languages but the shell read it. */
const quote = (text: string) => JSON.stringify(text)
/** Between single quotes, for the shell. */
const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
const lines = (...parts: readonly (string | false)[]) => parts.filter((part) => part !== false).join('\n')
const isPlain = ({ method }: SampleTarget) => method === 'GET' || method === 'HEAD' || method === 'DELETE'

function curl(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const body = isPlain(target) ? '' : ` -H 'Content-Type: application/json' -d '{}'`
  const ask = `curl -s -X ${method}${host === null ? '' : ` -H ${shell(`Host: ${host}`)}`}${body}`
  return lines(
    `URL=${shell(url)}`,
    `ask() { ${ask} "$URL" "$@"; }`,
    'field() { sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }',
    '',
    'OFFER=$(ask)  # 402 with a macaroon and an invoice',
    `MACAROON=$(printf '%s' "$OFFER" | field macaroon)`,
    `INVOICE=$(printf '%s' "$OFFER" | field invoice)`,
    ...(wallet === null
      ? [`printf 'Pay %s\\nand paste the preimage: ' "$INVOICE" >&2`, 'read -r PREIMAGE']
      : [
          `PREIMAGE=$(curl -s ${shell(wallet)} -H 'Content-Type: application/json' \\`,
          `  -d "{\\"invoice\\":\\"$INVOICE\\"}" | field preimage)`,
        ]),
    'ask -i -H "Authorization: L402 $MACAROON:$PREIMAGE"',
  )
}

function javascript(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const body = isPlain(target) ? '' : `, body: '{}'`
  const type = isPlain(target) ? '' : `'Content-Type': 'application/json', `
  return lines(
    host !== null && `import { request } from 'node:http'`,
    wallet === null && `import { createInterface } from 'node:readline/promises'`,
    (host !== null || wallet === null) && '',
    `const url = ${quote(url)}`,
    ...(host === null
      ? [
          'async function ask(headers = {}) {',
          `  const answer = await fetch(url, { method: ${quote(method)}, headers: { ${type}...headers }${body} })`,
          '  return { status: answer.status, text: await answer.text() }',
          '}',
        ]
      : [
          '// By node:http, since fetch sends no Host of ours, and names under localhost are not resolved everywhere.',
          'const ask = (headers = {}) =>',
          '  new Promise((resolve, reject) => {',
          `    const sent = request(url, { method: ${quote(method)}, headers: { Host: ${quote(host)}, ${type}...headers } }, async (answer) => {`,
          '      let text = ""',
          '      for await (const part of answer) text += part',
          '      resolve({ status: answer.statusCode, text })',
          '    })',
          `    sent.on('error', reject).end(${isPlain(target) ? '' : `'{}'`})`,
          '  })',
        ]),
    '',
    'const { macaroon, invoice } = JSON.parse((await ask()).text) // 402',
    ...(wallet === null
      ? [
          'const terminal = createInterface({ input: process.stdin, output: process.stderr })',
          `const preimage = (await terminal.question('Pay ' + invoice + '\\nand paste the preimage: ')).trim()`,
          'terminal.close()',
        ]
      : [
          `const paid = await fetch(${quote(wallet)}, {`,
          `  method: 'POST',`,
          `  headers: { 'Content-Type': 'application/json' },`,
          '  body: JSON.stringify({ invoice }),',
          '})',
          'const { preimage } = await paid.json()',
        ]),
    `const { status, text } = await ask({ Authorization: 'L402 ' + macaroon + ':' + preimage })`,
    'console.log(status, text)',
  )
}

function python(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const headers = [
    ...(host === null ? [] : [`"Host": ${quote(host)}`]),
    ...(isPlain(target) ? [] : ['"Content-Type": "application/json"']),
  ].join(', ')
  const body = isPlain(target) ? '' : ', data=b"{}"'
  return lines(
    'import json',
    wallet === null && 'import sys',
    'import urllib.error',
    'import urllib.request',
    '',
    `URL = ${quote(url)}`,
    '',
    '',
    'def ask(**more):',
    `    headers = {${headers}} | more`,
    `    return urllib.request.urlopen(urllib.request.Request(URL, method=${quote(method)}, headers=headers${body}))`,
    '',
    '',
    'try:',
    '    answer = ask()',
    'except urllib.error.HTTPError as asked:  # 402',
    '    offer = json.load(asked)',
    ...(wallet === null
      ? [
          '    print("Pay", offer["invoice"], "and paste the preimage:", file=sys.stderr)',
          '    preimage = input().strip()',
        ]
      : [
          '    invoice = json.dumps({"invoice": offer["invoice"]}).encode()',
          `    paying = urllib.request.Request(${quote(wallet)}, invoice, {"Content-Type": "application/json"})`,
          '    preimage = json.load(urllib.request.urlopen(paying))["preimage"]',
        ]),
    `    answer = ask(Authorization=f"L402 {offer['macaroon']}:{preimage}")`,
    'with answer:',
    '    print(answer.status, answer.read().decode())',
  )
}

function go(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const body = isPlain(target) ? 'nil' : 'strings.NewReader("{}")'
  const packages = [
    ...(wallet === null ? [] : ['bytes']),
    ...['encoding/json', 'fmt', 'io', 'net/http'],
    ...(isPlain(target) ? [] : ['strings']),
  ]
  return lines(
    'package main',
    '',
    'import (',
    ...packages.map((name) => `\t${quote(name)}`),
    ')',
    '',
    'func ask(authorization string) (int, []byte) {',
    `\treq, err := http.NewRequest(${quote(method)}, ${quote(url)}, ${body})`,
    '\tcheck(err)',
    host !== null && `\treq.Host = ${quote(host)}`,
    !isPlain(target) && '\treq.Header.Set("Content-Type", "application/json")',
    '\tif authorization != "" {',
    '\t\treq.Header.Set("Authorization", authorization)',
    '\t}',
    '\tanswer, err := http.DefaultClient.Do(req)',
    '\tcheck(err)',
    '\tdefer answer.Body.Close()',
    '\ttext, err := io.ReadAll(answer.Body)',
    '\tcheck(err)',
    '\treturn answer.StatusCode, text',
    '}',
    '',
    'func main() {',
    '\tvar offer struct{ Macaroon, Invoice string }',
    '\t_, text := ask("") // 402',
    '\tcheck(json.Unmarshal(text, &offer))',
    ...(wallet === null
      ? [
          '\tvar preimage string',
          '\tfmt.Printf("Pay %s\\nand paste the preimage: ", offer.Invoice)',
          '\tfmt.Scanln(&preimage)',
          '\tstatus, text := ask("L402 " + offer.Macaroon + ":" + preimage)',
        ]
      : [
          '\tinvoice, err := json.Marshal(map[string]string{"invoice": offer.Invoice})',
          '\tcheck(err)',
          `\tpaid, err := http.Post(${quote(wallet)}, "application/json", bytes.NewReader(invoice))`,
          '\tcheck(err)',
          '\tdefer paid.Body.Close()',
          '\tvar proof struct{ Preimage string }',
          '\tcheck(json.NewDecoder(paid.Body).Decode(&proof))',
          '\tstatus, text := ask("L402 " + offer.Macaroon + ":" + proof.Preimage)',
        ]),
    '\tfmt.Println(status, string(text))',
    '}',
    '',
    'func check(err error) {',
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    '}',
  )
}

function java(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const body = isPlain(target) ? 'BodyPublishers.noBody()' : 'BodyPublishers.ofString("{}")'
  return lines(
    'import java.net.URI;',
    'import java.net.http.HttpClient;',
    'import java.net.http.HttpRequest;',
    'import java.net.http.HttpRequest.BodyPublishers;',
    'import java.net.http.HttpResponse.BodyHandlers;',
    wallet === null && 'import java.util.Scanner;',
    'import java.util.regex.Pattern;',
    '',
    'public class Buy {',
    host !== null && '  static { System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host"); }',
    '  static final HttpClient CLIENT = HttpClient.newHttpClient();',
    '',
    '  static HttpRequest.Builder ask() {',
    `    return HttpRequest.newBuilder(URI.create(${quote(url)}))`,
    `        .method(${quote(method)}, ${body})`,
    host !== null && `        .header("Host", ${quote(host)})`,
    '        .header("Content-Type", "application/json");',
    '  }',
    '',
    '  static String send(HttpRequest.Builder request) throws Exception {',
    '    return CLIENT.send(request.build(), BodyHandlers.ofString()).body();',
    '  }',
    '',
    '  static String field(String json, String name) {',
    '    var found = Pattern.compile("\\"" + name + "\\":\\"([^\\"]*)\\"").matcher(json);',
    '    if (!found.find()) throw new IllegalStateException(json);',
    '    return found.group(1);',
    '  }',
    '',
    '  public static void main(String[] args) throws Exception {',
    '    var offer = send(ask()); // 402',
    '    var invoice = field(offer, "invoice");',
    ...(wallet === null
      ? [
          '    System.err.println("Pay " + invoice + " and paste the preimage:");',
          '    var preimage = new Scanner(System.in).next();',
        ]
      : [
          `    var paying = HttpRequest.newBuilder(URI.create(${quote(wallet)}))`,
          '        .header("Content-Type", "application/json")',
          '        .POST(BodyPublishers.ofString("{\\"invoice\\":\\"" + invoice + "\\"}"));',
          '    var preimage = field(send(paying), "preimage");',
        ]),
    '    var credential = "L402 " + field(offer, "macaroon") + ":" + preimage;',
    '    var answer = CLIENT.send(ask().header("Authorization", credential).build(), BodyHandlers.ofString());',
    '    System.out.println(answer.statusCode() + " " + answer.body());',
    '  }',
    '}',
  )
}

function rust(target: SampleTarget): string {
  const { method, url, host, wallet } = target
  const verb = method.toLowerCase()
  const send = isPlain(target) ? '.call()' : '.content_type("application/json").send("{}")'
  return lines(
    'use std::error::Error;',
    wallet === null && 'use std::io::stdin;',
    '',
    "fn field<'a>(json: &'a str, name: &str) -> &'a str {",
    '    let mark = format!("\\"{name}\\":\\"");',
    '    let from = json.find(&mark).expect(json) + mark.len();',
    "    let length = json[from..].find('\"').expect(json);",
    '    &json[from..from + length]',
    '}',
    '',
    'fn ask(credential: Option<String>) -> Result<(u16, String), Box<dyn Error>> {',
    `    let mut request = ureq::${verb}(${quote(url)}).config().http_status_as_error(false).build();`,
    host !== null && `    request = request.header("Host", ${quote(host)});`,
    '    if let Some(text) = credential {',
    '        request = request.header("Authorization", text);',
    '    }',
    `    let mut answer = request${send}?;`,
    '    Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))',
    '}',
    '',
    'fn main() -> Result<(), Box<dyn Error>> {',
    '    let (_, offer) = ask(None)?; // 402',
    '    let invoice = field(&offer, "invoice");',
    ...(wallet === null
      ? [
          '    eprintln!("Pay {invoice} and paste the preimage:");',
          '    let mut typed = String::new();',
          '    stdin().read_line(&mut typed)?;',
          '    let preimage = typed.trim();',
        ]
      : [
          `    let paid = ureq::post(${quote(wallet)})`,
          '        .content_type("application/json")',
          '        .send(format!("{{\\"invoice\\":\\"{invoice}\\"}}"))?',
          '        .body_mut()',
          '        .read_to_string()?;',
          '    let preimage = field(&paid, "preimage");',
        ]),
    '    let (status, text) = ask(Some(format!("L402 {}:{preimage}", field(&offer, "macaroon"))))?;',
    '    println!("{status} {text}");',
    '    Ok(())',
    '}',
  )
}
