#!/usr/bin/env bash
# The dispatch tests run a real Kafka broker from its published jars, which takes Java 17 and Maven.
# Installs them on Debian and Ubuntu for root; anywhere else the tests say what is missing.
set -euo pipefail

if command -v java >/dev/null && command -v mvn >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'Java 17 and Maven are missing, and can only be installed here by hand.' >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless maven
