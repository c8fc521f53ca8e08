#!/bin/sh
# Make the virtual environment and install the locked versions: "sh setup.sh start" or "sh setup.sh test".
# A second run finds the stamp of the same lock files and does nothing.
set -eu
cd "$(dirname "$0")"
goal=${1:-start}
venv=${VENV:-.venv}
stamp="$venv/.klaar-$goal"

stop() {
    printf '\nHandwijzer kan niet starten: %s\n' "$1" >&2
    exit 1
}

python=${PYTHON:-python3}
if [ ! -x "$venv/bin/python" ]; then
    command -v "$python" >/dev/null 2>&1 ||
        stop "Python ontbreekt. Installeer het met: apt-get install python3 python3-venv"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "Python 3.11 of nieuwer is nodig; hier staat $("$python" --version 2>&1). Kies een andere met: PYTHON=/pad/naar/python3.12 make start"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "het onderdeel venv van Python ontbreekt. Installeer het met: apt-get install python3-venv"
fi

lock_sum=$(cat requirements.lock requirements-test.lock pyproject.toml | cksum)
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$lock_sum" ]; then
    exit 0
fi

# About 3 GB for the environment and the embedding model.
free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
if [ ! -x "$venv/bin/python" ] && [ "${free_kb:-0}" -lt 4000000 ]; then
    stop "er is te weinig schijfruimte ($((free_kb / 1024)) MB vrij, 4000 MB nodig). Maak ruimte vrij en probeer het opnieuw."
fi

if [ ! -x "$venv/bin/python" ]; then
    echo "1/3 Virtuele omgeving maken in $venv"
    "$python" -m venv "$venv" || stop "de virtuele omgeving in $venv kan niet worden gemaakt. Controleer de rechten van deze map."
fi
echo "2/3 Pakketten installeren (de eerste keer enkele minuten)"
lock=requirements.lock
[ "$goal" = test ] && lock=requirements-test.lock
pip="$venv/bin/python -m pip --disable-pip-version-check"
# The lock is complete, so nothing may be added to it: that keeps the CUDA packages of torch out.
{ $pip install --no-deps --no-color -r "$lock" 2>"$venv/install.log" || echo MISLUKT; } |
    awk -v total="$(wc -l <"$lock")" '
        /^Collecting/ { printf "\r    pakket %d van %d", ++done, total; fflush() }
        /^Installing/ { printf "\n    uitpakken"; fflush() }
        /^MISLUKT/ { failed = 1 }
        END { print ""; exit failed }' ||
    stop "het installeren is mislukt. Controleer de verbinding met de pakketserver en de schijfruimte, en probeer het opnieuw. Details: $venv/install.log"
if ! "$venv/bin/python" -W ignore -c 'import torch' 2>/dev/null; then
    echo "    Voor deze computer is geen CPU-versie van torch gevonden; de gewone versie volgt (groot, eenmalig)."
    $pip install -q "torch==2.13.0" || stop "torch kan niet worden geïnstalleerd."
fi
echo "3/3 Handwijzer installeren"
$pip install --no-deps -q -e . || stop "het installeren van Handwijzer zelf is mislukt."
rm -f "$venv"/.klaar-start
printf '%s' "$lock_sum" >"$stamp"
[ "$goal" = test ] && printf '%s' "$lock_sum" >"$venv/.klaar-start"
exit 0
