#!/usr/bin/env bash
# Private Dovecot for the benchmarks: maildir, users support/business/sac (password: bench), loopback only.
#   BENCH_DIR=DIR [IMAP_PORT=21143] imap_server.sh start|stop|status
# Needs root: the mail belongs to the user dovecot.
set -eu
D=${BENCH_DIR:?name a folder that may be thrown away}; P=${IMAP_PORT:-21143}; C=$D/dovecot.conf
case "${1:-}" in
start)
  mkdir -p "$D/run" "$D/state" "$D/mail"
  cat > "$C" <<X
base_dir = $D/run
state_dir = $D/state
log_path = $D/dovecot.log
instance_name = mailbench-$P
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 0
default_vsz_limit = 1G
mail_location = maildir:$D/mail/%u
mail_fsync = ${MAIL_FSYNC:-optimized}
mail_max_userip_connections = 100
passdb {
  driver = static
  args = password=bench
}
userdb {
  driver = static
  args = uid=$(id -u dovecot) gid=$(id -g dovecot) home=$D/mail/%u
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = $P
  }
  inet_listener imaps {
    port = 0
  }
  service_count = 0
}
namespace inbox {
  inbox = yes
}
X
  for u in support business sac; do mkdir -p "$D/mail/$u/new" "$D/mail/$u/cur" "$D/mail/$u/tmp"; done
  chown -R dovecot:dovecot "$D/mail"; chmod 755 "$D"
  # It stays behind: whoever captures our output must not wait for its end.
  dovecot -c "$C" >"$D/start.log" 2>&1 || { cat "$D/start.log" >&2; exit 1; }
  for i in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/$P) 2>/dev/null && break || sleep .05; done 2>/dev/null || true
  echo "dovecot pid $(cat "$D/run/master.pid") port $P" ;;
stop) p=$(cat "$D/run/master.pid"); kill "$p"; while kill -0 "$p" 2>/dev/null; do sleep .05; done ;;
status) doveadm -c "$C" mailbox status -u support "messages unseen" INBOX ;;
*) echo "usage: $0 start|stop|status" >&2; exit 2 ;;
esac
