#!/usr/bin/env bash
# @lezer/python 1.1.19 (@lezer/lr 1.4.12), beside the Python of the host.
#
# The grammar wants a digit after the point of a number, so `5.` is a number and an error. A line indented for no reason,
# which Python refuses, parses without an error.
#
# Seen: `a = 5.` is valid Python and gives an error node; ` a = 1` is an IndentationError in Python and gives none.
# An editor does not mind. A reader that must agree with Python refuses good files and takes bad ones (docs/decisions/0060).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @lezer/python@1.1.19 @lezer/lr@1.4.12 @lezer/common@1.5.5

cat > parse.js <<'JS'
import { parser } from '@lezer/python';
let errors = 0;
parser.parse(`${process.argv[2]}\n`).iterate({ enter: (node) => void (errors += node.type.isError ? 1 : 0) });
console.log(errors === 0 ? 'accepted' : 'refused');
JS

expect() { # SOURCE PYTHON LEZER
  python=$(python3 -c 'import ast, sys; ast.parse(sys.argv[1])' "$1" 2> /dev/null && echo accepted || echo refused)
  lezer=$(node parse.js "$1")
  echo "'$1': Python $python, Lezer $lezer"
  [ "$python $lezer" = "$2 $3" ]
}
expect 'a = 5.0' accepted accepted
expect 'a = 5.' accepted refused
expect ' a = 1' refused accepted
