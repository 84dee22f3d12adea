#!/bin/sh
# kiln-pulse step-000-0
note=/run/kiln/step-000-0
state=absent
if [ -e "$note" ]; then
  state=dead
  if kill -0 "$(cat "$note")" 2>/dev/null; then state=running; fi
fi
read -r up _ < /proc/uptime
echo "$state $(($(date +%s) - ${up%.*}))"
