/** A host as it is written before `:port` or a path: an IPv6 address in brackets, any other as it is. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
