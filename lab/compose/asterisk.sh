#!/bin/sh
# Shows Asterisk the prompts of its image, then becomes Asterisk. The sounds folder is a volume that outlives images: a link in it
# always names the prompts of this one. Runs as asterisk inside its container; it must not write anywhere else.
set -eu
mkdir -p /var/lib/asterisk/sounds
rm -rf /var/lib/asterisk/sounds/hotline
ln -s /usr/share/hotline/prompts /var/lib/asterisk/sounds/hotline
exec asterisk -f -C /etc/asterisk/asterisk.conf
