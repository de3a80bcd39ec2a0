/** The whole statement as JSON. */
import { sendStatement } from '#app/_server/http/send-statement.ts'

export const GET = (request: Request): Promise<Response> => sendStatement(request, 'json')
