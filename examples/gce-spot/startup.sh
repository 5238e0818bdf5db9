#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# startup.sh: what the machine does each time it starts, as root. It mounts the two disks, installs the program, brings
# configuration, manifest and model, and runs `tilewright dataset run`, which goes on where the last machine stopped.
# What is where comes from the machine's metadata; README.md has the list. shutdown.sh tells the run when time is up.
set -euo pipefail
shopt -s inherit_errexit

METADATA=${METADATA:-http://metadata.google.internal/computeMetadata/v1}
DEVICES=${DEVICES:-/dev/disk/by-id}
MOUNTS=${MOUNTS:-/mnt}
STATE=${STATE:-/run/tilewright}
APT=${APT:-/etc/apt}
FIRST_WAIT_S=${FIRST_WAIT_S:-60}
#: A disk whose first so many bytes are zeros is empty: every file system and partition table begins before.
EMPTY_BYTES=${EMPTY_BYTES:-16777216}

say() {
    local severity=$1
    shift
    printf '{"severity": "%s", "command": "startup", "message": "%s"}\n' "$severity" "${*//[\"\\]/ }" >&2
}

fail() {
    say ERROR "$*"
    exit 2
}

# patiently COMMAND...: five times at most; the network of a machine that has just started may not be there yet.
patiently() {
    local attempt
    for attempt in 1 2 3 4 5; do
        if "$@"; then
            return 0
        fi
        if [ "$attempt" -lt 5 ]; then sleep $((attempt * FIRST_WAIT_S / 12)); fi
    done
    return 1
}

ask() {
    local answer
    answer=$(curl -sS -w '\n%{http_code}' -H 'Metadata-Flavor: Google' "$METADATA/$1") && printf '%s' "$answer"
}

# metadata PATH [DEFAULT]: a value of the machine's metadata; without it, the default.
metadata() {
    local answer code
    answer=$(patiently ask "$1") || fail "the metadata server does not answer"
    code=${answer##*$'\n'}
    case "$code" in
    200) printf '%s' "${answer%$'\n'*}" ;;
    404) printf '%s' "${2:-}" ;;
    *) fail "the metadata server answers $code for $1" ;;
    esac
}

required() {
    local value
    value=$(metadata "instance/attributes/$1")
    [ -n "$value" ] || fail "the machine's metadata have no $1"
    printf '%s' "$value"
}

# fetch URI FILE: bring a file, whole or not at all.
fetch() {
    local uri=$1 file=$2
    case "$uri" in
    gs://*) patiently gcloud storage cp --quiet "$uri" "$file.new" ;;
    https://* | http://*) patiently curl -fsSL -o "$file.new" "$uri" ;;
    *) fail "$uri: begins with none of gs, https, http" ;;
    esac || fail "$uri: cannot be brought"
    mv "$file.new" "$file"
}

# mount_disk NAME: mount a persistent disk on $MOUNTS/NAME; one that is empty gets a file system, no other.
mount_disk() {
    local name=$1 device=$DEVICES/google-$1 folder=$MOUNTS/$1
    [ -e "$device" ] || fail "$device: there is no such disk; the template attaches it as device $name"
    mkdir -p "$folder"
    if mountpoint -q "$folder"; then
        return
    fi
    if cmp -s -n "$EMPTY_BYTES" "$device" /dev/zero; then
        say INFO "$device is empty and gets a file system"
        mkfs.ext4 -q -m 0 -E discard "$device" || fail "$device: cannot be formatted"
    fi
    mount -t ext4 -o discard "$device" "$folder" ||
        fail "$device: cannot be mounted as ext4; it is not empty and stays as it is"
}

install_debian_packages() {
    export DEBIAN_FRONTEND=noninteractive
    patiently apt-get update -qq || fail "apt-get cannot update"
    patiently apt-get install -y -qq --no-install-recommends ca-certificates python3 python3-venv >&2 ||
        fail "apt-get cannot install"
}

install_gpu_driver() {
    if nvidia-smi >/dev/null 2>&1; then
        return
    fi
    say INFO "installing the GPU's driver"
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    [ -n "$mirror" ] || fail "apt knows no mirror of Debian 12"
    echo "deb $mirror bookworm contrib non-free non-free-firmware" >"$APT/sources.list.d/tilewright-gpu.list"
    patiently apt-get update -qq || fail "apt-get cannot update"
    patiently apt-get install -y -qq --no-install-recommends "linux-headers-$(uname -r)" nvidia-kernel-dkms \
        nvidia-smi libcuda1 >&2 || fail "apt-get cannot install the GPU's driver"
    modprobe nvidia || fail "the GPU's driver cannot be loaded; is secure boot off?"
    # Without it everything would be embedded on processors, for the price of a GPU.
    nvidia-smi >/dev/null || fail "the GPU does not answer"
}

# install_program WHEEL GPU_PACKAGES: into a virtual environment on the work disk, once for each wheel.
install_program() {
    local wheel=$1 gpu_packages=$2 wanted file
    wanted="$wheel $gpu_packages $(python3 --version)"
    if [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    rm -rf "$venv"
    python3 -m venv "$venv"
    if [[ $wheel == gs://* ]]; then
        file=$MOUNTS/work/${wheel##*/}
        fetch "$wheel" "$file"
        wheel=file://$file
    fi
    patiently "$venv/bin/pip" install --quiet "tilewright[dataset] @ $wheel" >&2 || fail "$wheel: cannot be installed"
    if [ -n "$gpu_packages" ]; then
        # Both packages bring the module onnxruntime; one has to go.
        "$venv/bin/pip" uninstall --quiet --yes onnxruntime >&2
        # shellcheck disable=SC2086 # a list of packages
        patiently "$venv/bin/pip" install --quiet $gpu_packages >&2 || fail "$gpu_packages: cannot be installed"
    fi
    printf '%s' "$wanted" >"$venv/installed"
}

# Where CUDA's libraries are that came as Python packages.
cuda_libraries() {
    local folder found=
    for folder in "$venv"/lib/python3*/site-packages/nvidia/*/lib; do
        if [ -d "$folder" ]; then found=${found:+$found:}$folder; fi
    done
    printf '%s' "$found"
}

stop() {
    touch "$STATE/stopping"
    if [ -n "$running" ]; then kill -TERM "$running" 2>/dev/null || true; fi
}

# ended PID: wait for a child; a signal to this script does not end the waiting.
ended() {
    local code
    while true; do
        code=0
        wait "$1" || code=$?
        kill -0 "$1" 2>/dev/null || return "$code"
    done
}

# run_once: one run; its number stands in $STATE/pid as long as it goes on.
run_once() {
    local code=0
    "$venv/bin/tilewright" dataset run --config "$MOUNTS/work/config.yaml" --log-format json &
    running=$!
    echo "$running" >"$STATE/pid"
    # If time was up while it started.
    if [ -e "$STATE/stopping" ]; then kill -TERM "$running" 2>/dev/null || true; fi
    ended "$running" || code=$?
    running=
    rm -f "$STATE/pid"
    return "$code"
}

# run_dataset ATTEMPTS: until all is done. What is done stays done, so a further attempt has only the rest to do.
run_dataset() {
    local attempts=$1 attempt wait_s=$FIRST_WAIT_S code=0 before
    for ((attempt = 1; attempt <= attempts; attempt++)); do
        if [ -e "$STATE/stopping" ]; then return 143; fi
        before=$code
        code=0
        run_once || code=$?
        case "$code" in
        0 | 130 | 143) return "$code" ;;
        esac
        # Configuration, manifest or model are not what they should be, or a store does not answer: that may pass once.
        if [ "$code" = 2 ] && [ "$before" = 2 ]; then return 2; fi
        if [ "$attempt" -lt "$attempts" ]; then
            say WARNING "attempt $attempt of $attempts ended with exit code $code; the next one in $wait_s s"
            sleep "$wait_s" &
            running=$!
            ended "$running" || true
            running=
            wait_s=$((wait_s * 2))
        fi
    done
    return "$code"
}

# leave_machine: so that it costs no more. A group would start a stopped machine again, so it is told to have none.
leave_machine() {
    local group zone
    if [ "$when_done" = keep ]; then
        return
    fi
    zone=$(metadata instance/zone)
    group=$(metadata instance/attributes/created-by)
    if [[ $group == */instanceGroupManagers/* ]]; then
        gcloud compute instance-groups managed resize "${group##*/}" --size 0 --zone "${zone##*/}" --quiet
    elif [ "$when_done" = delete ]; then
        gcloud compute instances delete "$(metadata instance/name)" --zone "${zone##*/}" --quiet
    else
        poweroff
    fi
}

# end: however this script ends; unless it was told to, it does not leave a machine that idles.
end() {
    local code=$?
    trap - EXIT
    if [ -e "$STATE/stopping" ]; then
        say INFO "stopped; the next start goes on"
    else
        case "$code" in
        0) say INFO "all is done" ;;
        *) say ERROR "given up, exit code $code; the lines above say why, and the next start goes on" ;;
        esac
        leave_machine || say ERROR "the machine cannot be left: it runs on, and costs"
    fi
    exit "$code"
}

when_done=stop
running=
venv=$MOUNTS/work/venv
mkdir -p "$STATE"
rm -f "$STATE/stopping" "$STATE/pid"
trap end EXIT
trap stop TERM INT

when_done=$(metadata instance/attributes/dataset-when-done stop)
wheel=$(required dataset-wheel)
config=$(required dataset-config)
attempts=$(metadata instance/attributes/dataset-attempts 5)
gpu_packages=$(metadata instance/attributes/dataset-gpu-packages)
mount_disk raw
mount_disk work
install_debian_packages
if [ -n "$gpu_packages" ]; then install_gpu_driver; fi
install_program "$wheel" "$gpu_packages"
fetch "$config" "$MOUNTS/work/config.yaml"
for file in manifest:raw_archives.txt model:backbone.onnx; do
    uri=$(metadata "instance/attributes/dataset-${file%%:*}")
    if [ -n "$uri" ]; then fetch "$uri" "$MOUNTS/work/${file##*:}"; fi
done
libraries=$(cuda_libraries)
if [ -n "$libraries" ]; then export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; fi
run_dataset "$attempts"
