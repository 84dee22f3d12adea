#!/bin/sh
echo 'What deprovisioning printed:'
tail -c 2000 /run/kiln-deprovision.log 2>&1
if command -v systemctl >/dev/null 2>&1; then systemctl --no-pager list-jobs; fi
if command -v journalctl >/dev/null 2>&1; then journalctl --no-pager --lines 30; fi
exit 0
