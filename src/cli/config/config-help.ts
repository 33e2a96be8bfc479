/** The text below the options in `--help` of the `config` commands. */
export const CONFIG_HELP = `
Nothing is started, and only \`adopt\` contacts anything (Temporal). Passwords are never printed.

  copr-backend config check new.conf     before it is installed
  copr-backend config show --changed     the settings of this host
  copr-backend config diff new.conf      the changes it would make
  copr-backend config adopt              use these limits if pollers have different ones

docs/configuration.md lists every key. Each subcommand has its own --help, with its exit status.`;

export const CHECK_HELP = `
One line each, in the order of the file:
  (no label)  an error: nothing starts with this file
  warning:    an unknown key (with the nearest known one), or a likely mistake
  note:       a key without effect in this release, or an older program on this host that is used differently

  copr-backend config check && systemctl restart copr-backend
  copr-backend config check --strict new.conf                     in a pipeline
  copr-backend config check --json | jq '.findings[].message'

It checks the file and the Temporal profile that it names. A worker checks at its start whether directories are writable
and Temporal answers.

Exit status:
  0  the file can be used, perhaps with warnings
  1  with --strict: it can be used, with warnings
  2  wrong usage
  5  it is missing, cannot be read, or has errors`;

export const ADOPT_HELP = `
One of several pollers provides the limits; the others log it if their files differ. Run this on a host whose poller has
the right file. It takes effect at that poller's next poll; running builds are left alone.

  copr-backend config adopt --dry-run     show whose limits apply now
  copr-backend config adopt

Exit status:
  0  done, or already so
  1  no dispatcher runs
  2  wrong usage
  4  Temporal does not answer
  5  the configuration cannot be used`;

export const SHOW_HELP = `
One line per key: the effective value (paths made absolute, references resolved, sizes normalized), and its source:
"line N" of the file, "line N in [DEFAULT]", or "default". A namespace that the file does not name comes from "profile …" or
"$TEMPORAL_NAMESPACE". Secrets appear as ****.

  copr-backend config show --changed
  copr-backend config show --json | jq '.settings[] | select(.key == "destdir").value'

A running worker has read the file at its start; it sees later changes only of the keys that docs/configuration.md calls
live. Environment variables TEMPORAL_… override the Temporal profile for the process that has them; only the resulting
namespace is shown.

Exit status:
  0  shown
  2  wrong usage
  5  the configuration is missing or has errors (config check lists them)`;

export const DIFF_HELP = `
Compares effective values: "yes" and "true", or a default and the same value written out, do not differ. Lines with - are
the configuration used here (--config, or the usual file), lines with + that of FILE. For secrets it says only that they differ.

  copr-backend config diff /tmp/new.conf && echo 'nothing would change'

Exit status, as diff has it:
  0  no difference
  1  differences
  2  wrong usage
  5  one of the two is missing or has errors`;
