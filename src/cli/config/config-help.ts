/** What `--help` of the `config` commands says below the options. */
export const CONFIG_HELP = `
Nothing is started, and only \`adopt\` contacts anything (Temporal). Passwords are never printed.

  copr-backend config check new.conf     before it is installed
  copr-backend config show --changed     what this host runs with
  copr-backend config diff new.conf      what would change
  copr-backend config adopt              where pollers have different limits: these count

docs/configuration.md has every key. Each of the four has its own --help, with its exit status.`;

export const CHECK_HELP = `
One line each, in the order of the file:
  (no label)  an error: nothing starts with this file
  warning:    an unknown key (with the nearest known one), or something that most likely was not meant
  note:       a key without effect in this release, or a program of this host that is used in another way than newer ones

  copr-backend config check && systemctl restart copr-backend
  copr-backend config check --strict new.conf                     in a pipeline that watches over the file
  copr-backend config check --json | jq '.findings[].message'

It looks at the file, and at the Temporal profile that it names; whether directories can be written and Temporal answers, a
worker finds out at its start.

Exit status:
  0  the file can be used, perhaps with warnings
  1  with --strict: it can be used, with warnings
  2  wrong usage
  5  it is missing, cannot be read, or has errors`;

export const ADOPT_HELP = `
Of several pollers one brings the limits; where the others' files say something else, their logs tell so. Run this on a host whose
poller has the file that shall count. It counts from that poller's next poll on; builds that run are left alone.

  copr-backend config adopt --dry-run     whose limits count now
  copr-backend config adopt

Exit status:
  0  done, or it was so already
  1  no dispatcher runs
  2  wrong usage
  4  Temporal does not answer
  5  the configuration cannot be used`;

export const SHOW_HELP = `
One line per key: the value as it counts (paths made absolute, references resolved, sizes normalized), and its source:
"line N" of the file, "line N in [DEFAULT]", or "default". A namespace that the file does not name comes from "profile …" or
"$TEMPORAL_NAMESPACE". Secrets appear as ****.

  copr-backend config show --changed
  copr-backend config show --json | jq '.settings[] | select(.key == "destdir").value'

A worker that runs has read the file at its start; of a later change only the keys that docs/configuration.md calls live
count for it. Environment variables TEMPORAL_… change what temporal_profile leads to, for the process that has them; of that
only the namespace is shown.

Exit status:
  0  shown
  2  wrong usage
  5  the configuration is missing or has errors (config check lists them)`;

export const DIFF_HELP = `
Compares effective values: "yes" and "true", or a default and the same value written out, do not differ. Lines with - are
the configuration used here (--config, or the usual file), lines with + that of FILE. Of secrets only is said that they differ.

  copr-backend config diff /tmp/new.conf && echo 'nothing would change'

Exit status, as diff has it:
  0  no difference
  1  differences
  2  wrong usage
  5  one of the two is missing or has errors`;
