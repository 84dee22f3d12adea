#!/bin/bash
# Installs a unit that tells the serial console at each boot what the web server answers: proof that what boots is what
# was built. Azure shows the same console in its boot diagnostics.
set -eu

sudo tee /usr/local/sbin/report-web >/dev/null <<'EOF'
#!/bin/bash
# Only bash and coreutils: the image has no HTTP client.
set -u
version=$(nginx -v 2>&1 | sed 's/^nginx version: //')
for _ in $(seq 50); do
  page=$( (exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && cat <&3) 2>/dev/null) && break
  sleep 0.2
done
heading=$(printf '%s\n' "${page:-}" | sed -n 's:.*<h1>\(.*\)</h1>.*:\1:p')
printf '\r\nkiln-demo: %s serves "%s"\r\n' "$version" "${heading:-nothing}" >/dev/ttyS0
EOF
sudo chmod 755 /usr/local/sbin/report-web

sudo tee /etc/systemd/system/report-web.service >/dev/null <<'EOF'
[Unit]
Description=Tell the serial console what the web server answers
After=nginx.service
Wants=nginx.service
ConditionPathExists=/dev/ttyS0

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/report-web

[Install]
WantedBy=multi-user.target
EOF
sudo systemctl enable report-web.service
