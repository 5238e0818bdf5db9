#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lifecycle script of a SageMaker notebook instance, "start notebook": a kernel called tilewright.
#
# Such a script runs as root, with a short PATH, at each start, for five minutes at most; of the user's files only
# ~/SageMaker outlives a stop. So the environment is made there, by the user, in the background, once; the kernel, which
# is a file outside it, is told of at each start. An environment that was cut off, or is of another package, is made
# anew.
set -euo pipefail

PACKAGE="s3://your-bucket/tilewright-0.1.0-cp312-cp312-manylinux_2_28_x86_64.whl"  # or any name that pip takes
EXTRAS="notebook,index"
PYTHON="3.12"

HOME_FOLDER="${HOME_FOLDER:-/home/ec2-user}"

# In a group of its own, as what is left of this script's is ended with it.
sudo -u ec2-user -H nohup setsid bash -s -- "$PACKAGE" "$EXTRAS" "$PYTHON" "$HOME_FOLDER" <<'AS_THE_USER' &
set -euo pipefail
package=$1 extras=$2 python=$3 home=$4
environment=$home/SageMaker/tilewright
exec >>"$environment.log" 2>&1
unset SUDO_UID  # conda would take it for the owner of its files
export PATH="$home/anaconda3/bin:$PATH"
date --utc

made_of="$package [$extras] Python $python"
if [ "$(cat "$environment/made-of" 2>/dev/null || true)" != "$made_of" ]; then
    rm -rf "$environment"
    conda create --quiet --yes --prefix "$environment" "python=$python" pip
    case "$package" in
    s3://*)
        aws s3 cp --no-progress "$package" "$environment/"
        package=$environment/${package##*/}
        ;;
    esac
    "$environment/bin/pip" install --quiet "${package}[$extras]"
    # Last, so that it says that all is there.
    echo "$made_of" >"$environment/made-of"
fi
"$environment/bin/python" -m ipykernel install --user --name tilewright --display-name tilewright
"$environment/bin/tilewright" --version
AS_THE_USER
