# SPDX-License-Identifier: Apache-2.0
"""``python -m tilewright``."""

from tilewright.cli import main

main()
