#!/bin/sh
# Speaks lines `name|text` of standard input into wave files that Asterisk plays: 8 kHz, 16 bits, one channel. Runs where espeak-ng
# and sox are. It must not write anywhere but into the folder given. Usage: prompts.sh FOLDER VOICE WORDS-PER-MINUTE
set -eu
folder=$1 voice=$2 speed=$3
while IFS='|' read -r name text; do
  espeak-ng -v "$voice" -s "$speed" --stdout "$text" |
    sox -q -t wav - -r 8000 -c 1 -b 16 "$folder/$name.part.wav" norm -3 pad 0.1 0.2
  mv "$folder/$name.part.wav" "$folder/$name.wav"
done
