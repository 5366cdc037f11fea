const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The three forms of RFC 9110 §5.6.7; a recipient takes all of them. */
const forms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[a-z]{3}, (?<day>\d{2}) (?<month>[a-z]{3}) (?<year>\d{4}) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) GMT$/i,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[a-z]{6,9}, (?<day>\d{2})-(?<month>[a-z]{3})-(?<year>\d{2}) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) GMT$/i,
  // Sun Nov  6 08:49:37 1994
  /^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) (?<year>\d{4})$/i,
]

/** Milliseconds since 1970 of an HTTP date (RFC 9110 §5.6.7), or `undefined`. The name of the day is not compared. */
export function parseHttpDate(text: string, dateNow: number): number | undefined {
  for (const form of forms) {
    const found = form.exec(text)?.groups
    if (found === undefined) continue
    const { day = '', month = '', year = '', hour = '', minute = '', second = '' } = found
    const index = months.indexOf(month.toLowerCase())
    const fullYear = year.length === 2 ? nearestYear(Number(year), dateNow) : Number(year)
    const at = Date.UTC(fullYear, index, Number(day), Number(hour), Number(minute), Number(second))
    const parsed = new Date(at)
    const fits = parsed.getUTCMonth() === index && parsed.getUTCDate() === Number(day)
    const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60
    return index !== -1 && fits && inRange ? at : undefined
  }
  return undefined
}

/** A year that seems to be more than 50 years ahead is the last one with these digits. */
function nearestYear(lastDigits: number, dateNow: number): number {
  const now = new Date(dateNow).getUTCFullYear()
  const year = now - (now % 100) + lastDigits
  return year > now + 50 ? year - 100 : year
}
