#!/bin/sh
mkdir -p /run/kiln 2>/dev/null && echo $$ 2>/dev/null > /run/kiln/step-000-0
echo 'kiln: step-000-0 begins' 2>/dev/null > /dev/console
kiln_folder="$(mktemp -d "${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")" || exit 1
trap 'rm -rf "$kiln_folder" /run/kiln/step-000-0' EXIT
cat > "$kiln_folder/step" <<'KILN-STEP-5d9920d9ca18bfb0' && chmod 700 "$kiln_folder/step" || exit 1
#!/bin/sh -e
echo one
KILN-STEP-5d9920d9ca18bfb0
if command -v timeout >/dev/null 2>&1; then set -- timeout -s KILL 600; fi
"$@" "$kiln_folder/step"
kiln_status=$?
printf '\n##kiln-exit:%s\n' "$kiln_status"
exit "$kiln_status"
