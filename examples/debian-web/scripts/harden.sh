#!/bin/bash
# A provisioning script as teams have them from Packer; it runs here unchanged, with the variables that Packer sets.
set -eux

echo "build $PACKER_BUILD_NAME by $PACKER_BUILDER_TYPE" | sudo tee /etc/image-build

sudo tee /etc/sysctl.d/60-image.conf <<'EOF'
kernel.dmesg_restrict = 1
kernel.kptr_restrict = 2
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.default.accept_redirects = 0
EOF

if [ -d /etc/ssh/sshd_config.d ]; then
  sudo tee /etc/ssh/sshd_config.d/60-image.conf <<'EOF'
PermitRootLogin no
PasswordAuthentication no
EOF
fi

# The web server tells nobody its version.
sudo sed -i 's/^\s*#\s*server_tokens off;/\tserver_tokens off;/' /etc/nginx/nginx.conf
sudo nginx -t
