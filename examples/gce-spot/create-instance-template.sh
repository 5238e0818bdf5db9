#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# create-instance-template.sh: makes the template of the machine. Variables say what differs; README.md lists them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

: "${PROJECT:?is not set: the project that pays}"
: "${SERVICE_ACCOUNT:?is not set: the account that reads and writes the buckets}"
: "${WHEEL_URI:?is not set: the program, gs://... or https://... and .whl}"
: "${CONFIG_URI:?is not set: config.yaml in a bucket, gs://...}"

ZONE=${ZONE:-us-central1-a}
TEMPLATE=${TEMPLATE:-dataset-spot}
MACHINE_TYPE=${MACHINE_TYPE:-g2-standard-16}
ACCELERATOR=${ACCELERATOR-count=1,type=nvidia-l4}
if [ -n "$ACCELERATOR" ]; then
    GPU_PACKAGES=${GPU_PACKAGES-onnxruntime-gpu[cuda,cudnn]==1.22.0}
fi
BOOT_DISK_SIZE=${BOOT_DISK_SIZE:-50GB}
BOOT_DISK_TYPE=${BOOT_DISK_TYPE:-pd-balanced}
IMAGE_FAMILY=${IMAGE_FAMILY:-debian-12}
IMAGE_PROJECT=${IMAGE_PROJECT:-debian-cloud}
RAW_DISK=${RAW_DISK:-raw-data-1tb}
WORK_DISK=${WORK_DISK:-work-scratch-512gb}
NETWORK=${NETWORK:-default}
TERMINATION_ACTION=${TERMINATION_ACTION:-STOP}
WHEN_DONE=${WHEN_DONE:-stop}
ATTEMPTS=${ATTEMPTS:-5}

# Values may have commas; | separates the pairs.
metadata="^|^enable-oslogin=TRUE|dataset-wheel=$WHEEL_URI|dataset-config=$CONFIG_URI"
metadata+="|dataset-when-done=$WHEN_DONE|dataset-attempts=$ATTEMPTS"
[ -z "${MANIFEST_URI:-}" ] || metadata+="|dataset-manifest=$MANIFEST_URI"
[ -z "${MODEL_URI:-}" ] || metadata+="|dataset-model=$MODEL_URI"
[ -z "${GPU_PACKAGES:-}" ] || metadata+="|dataset-gpu-packages=$GPU_PACKAGES"

options=(
    --project="$PROJECT"
    --machine-type="$MACHINE_TYPE"
    --provisioning-model=SPOT
    --instance-termination-action="$TERMINATION_ACTION"
    --maintenance-policy=TERMINATE
    --no-restart-on-failure
    --image-family="$IMAGE_FAMILY"
    --image-project="$IMAGE_PROJECT"
    --boot-disk-type="$BOOT_DISK_TYPE"
    --boot-disk-size="$BOOT_DISK_SIZE"
    # Device names are what startup.sh looks for; the disks outlive the machine.
    --disk="name=$RAW_DISK,device-name=raw,mode=rw,boot=no,auto-delete=no"
    --disk="name=$WORK_DISK,device-name=work,mode=rw,boot=no,auto-delete=no"
    --network="$NETWORK"
    --service-account="$SERVICE_ACCOUNT"
    --scopes=https://www.googleapis.com/auth/cloud-platform
    --metadata="$metadata"
    --metadata-from-file="startup-script=$here/startup.sh,shutdown-script=$here/shutdown.sh"
    # Secure boot would refuse the GPU's driver, which is built on the machine.
    --no-shielded-secure-boot
    --shielded-vtpm
    --shielded-integrity-monitoring
)
[ -z "$ACCELERATOR" ] || options+=(--accelerator="$ACCELERATOR")

gcloud compute instance-templates create "$TEMPLATE" "${options[@]}"
printf 'Disks %s and %s have to be in zone %s, and the machine too.\n' "$RAW_DISK" "$WORK_DISK" "$ZONE"
