#!/usr/bin/env bash
# libmodulemd 2.14.0 by its GObject introspection (Debian 12: libmodulemd2, gir1.2-modulemd-2.0, python3-gi).
#
# ModulemdModuleIndexMerger takes indexes with priorities. Where two of them have the same stream (equal name, stream,
# version, context and architecture) with other content, the index of the *lower* priority wins; where they have other
# defaults for a module, that of the *higher*, as the documentation of priorities says. The order in which they are handed
# over does not matter.
#
# Seen: streams: low, defaults: high, in both orders.
# A merge of modules.yaml of several repositories by priority has the defaults of one and the streams of the other.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/merge.py" <<'PY'
import sys
import gi
gi.require_version("Modulemd", "2.0")
from gi.repository import Modulemd

version = Modulemd.get_version()
if version != "2.14.0":
    sys.exit(f"this host has libmodulemd {version}, the finding is of 2.14.0")

STREAM = """---
document: modulemd
version: 2
data:
  name: one
  stream: "1"
  version: 1
  context: abcd
  arch: noarch
  summary: {}
  description: x
  license: {{module: [MIT]}}
...
"""
DEFAULTS = """---
document: modulemd-defaults
version: 1
data:
  module: one
  stream: "{}"
...
"""

def index(text):
    made = Modulemd.ModuleIndex.new()
    whole, failures = made.update_from_string(text, True)
    assert whole, failures
    return made

def merged(template, order):
    merger = Modulemd.ModuleIndexMerger.new()
    for priority in order:
        merger.associate_index(index(template.format("low" if priority == 0 else "high")), priority)
    return merger.resolve().get_module("one")

for order in ((0, 10), (10, 0)):
    streams = [stream.get_summary("C") for stream in merged(STREAM, order).get_all_streams()]
    default = merged(DEFAULTS, order).get_defaults().get_default_stream()
    print(f"priorities {order}: streams {streams}, default {default}")
    assert streams == ["low"], streams
    assert default == "high", default
PY
# The system's own Python: bindings of the system's libraries are not there for others on PATH.
/usr/bin/python3 "$work/merge.py"
